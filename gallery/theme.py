"""The colours and measures that Gradio's own components take; gallery/static/ styles the rest.

Only fonts that a computer has already: nothing is fetched from another host.
"""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils.colors import Color
from gradio.themes.utils.sizes import Size

SANS = "ui-sans-serif, -apple-system, BlinkMacSystemFont, Segoe UI, Inter, Roboto, Noto Sans, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Cascadia Code, JetBrains Mono, DejaVu Sans Mono, monospace"

# From 50 to 950, for what a component draws without asking the names below.
INK = "#f8f9f9 #f0f2f2 #e2e6e6 #cbd2d3 #95a1a4 #647175 #4b575b #374347 #232c2f #161d1f #0e1416"
TEAL = "#effaf8 #d6f2ed #aee4dc #7dd0c6 #4bb5aa #2a988e #1b7a73 #18625d #174f4c #154240 #072826"
STEPS = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl")

# The page's palette (gallery/static/palette.css) changes with light and dark, so the names hold in both.
COLOURS = {
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "soft",
    "background_fill_primary": "card",
    "background_fill_secondary": "well",
    "block_background_fill": "card",
    "block_border_color": "line",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-soft",
    "block_label_background_fill": "card",
    "block_label_text_color": "soft",
    "block_title_text_color": "ink",
    "block_info_text_color": "soft",
    "input_background_fill": "card",
    "input_border_color": "line-strong",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "soft",
    "link_text_color": "accent",
    "link_text_color_hover": "accent-strong",
    "link_text_color_visited": "accent",
    "link_text_color_active": "accent",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-strong",
    "button_primary_border_color": "accent",
    "button_primary_text_color": "on-accent",
    "button_primary_text_color_hover": "on-accent",
    "button_secondary_background_fill": "card",
    "button_secondary_background_fill_hover": "well",
    "button_secondary_text_color": "ink",
    "button_secondary_border_color": "line-strong",
    "slider_color": "accent",
    "table_even_background_fill": "card",
    "table_odd_background_fill": "well",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "line-strong",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "card",
    "checkbox_label_background_fill_selected": "accent-soft",
    "checkbox_label_text_color": "ink",
    "checkbox_label_text_color_selected": "ink",
}


def theme() -> gr.themes.Base:
    names = {name: f"var(--{colour})" for name, colour in COLOURS.items()}
    return gr.themes.Base(
        primary_hue=Color(*TEAL.split()),
        secondary_hue=Color(*TEAL.split()),
        neutral_hue=Color(*INK.split()),
        font=SANS.split(", "),
        font_mono=MONO.split(", "),
        # Projector mode enlarges the page's measures, and these with them.
        text_size=Size(**{step: f"var(--step-{step})" for step in STEPS}),
    ).set(
        **names,
        **{f"{name}_dark": value for name, value in names.items()},
        color_accent="var(--accent)",
        block_shadow="none",
        block_shadow_dark="none",
        input_border_width="1px",
        input_border_width_dark="1px",
        layout_gap="20px",
        block_radius="12px",
        button_large_radius="10px",
        button_medium_radius="10px",
        button_small_radius="8px",
        input_radius="10px",
    )
