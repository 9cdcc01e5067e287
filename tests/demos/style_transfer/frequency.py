"""How fine a picture's texture is, as one number: the yardstick for the size of strokes."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SHAPES = 1 / 16  # of the shorter side: what is larger than about this is a shape and no texture


def dominant_frequency(image: Image.Image) -> float:
    """Where the power of a picture's texture lies, in cycles per picture width; 0 of a plain one.

    It is the centroid of the power spectrum P on a logarithmic scale,

        f = exp(sum_k P(k) log |k| / sum_k P(k)),

    so that a texture enlarged to the double has half the frequency, and a grating of k cycles has k. Power
    spectra by the radius |k| are a classical measure of texture (Weszka, Dyer and Rosenfeld 1976, IEEE
    Transactions on Systems, Man and Cybernetics 6, 269-285). Before, the local mean is taken off, a Gaussian
    a sixteenth of the shorter side wide, so that the things on a photograph do not count; a Hann window
    keeps the borders from looking like edges. Frequencies end at half a cycle per pixel in every direction.
    """
    grey = np.asarray(image.convert("L"), dtype=np.float64)
    height, width = grey.shape
    texture = grey - gaussian_filter(grey, SHAPES * min(height, width), mode="nearest")
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[None, 1:-1]
    texture -= (texture * window).sum() / window.sum()  # or the window itself would be seen as a wave
    power = np.abs(np.fft.fft2(texture * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])  # cycles per pixel
    power[(radius == 0) | (radius > 0.5)] = 0
    whole = power.sum()
    if whole < 1e-6 * grey.size:  # of grey levels squared: nothing but rounding
        return 0.0
    radius[0, 0] = 1  # has no power and no logarithm
    return float(width * np.exp((power * np.log(radius)).sum() / whole))
