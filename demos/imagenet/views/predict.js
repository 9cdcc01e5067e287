// What the browser does by itself: moving the choice to another guess, and saving the result.
window.imagenetDemo = (() => {
  const select = (guess, bars, heat) => {
    if (!bars || !heat) return [bars, heat];
    const selected = Math.min(Math.max(guess || 1, 1), bars.guesses.length) - 1;
    return [{ ...bars, selected }, { ...heat, selected }];
  };

  const percent = (p) => (100 * p).toFixed(1) + " %";

  function download(blob, name) {
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
  }

  function saveNumbers(bars, heat) {
    if (!bars) return;
    const result = {
      who: bars.who,
      guesses: bars.guesses.map((guess, i) => ({
        ...guess,
        heat_map: heat ? { width: heat.width, height: heat.height, values: heat.maps[i] } : null,
      })),
    };
    download(new Blob([JSON.stringify(result, null, 1)], { type: "application/json" }), "imagenet.json");
  }

  // The picture with its heat map on the left, the bars on the right, as on the page.
  function savePicture(bars, heat) {
    if (!bars) return;
    const canvas = document.createElement("canvas");
    canvas.width = 1200;
    canvas.height = 540;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, 1200, 540);
    const shown = document.querySelector("#imagenet-heat .picture"), paint = document.querySelector("#imagenet-heat .paint");
    if (heat && shown?.complete) {
      const side = Math.min(shown.naturalWidth, shown.naturalHeight);
      const left = (shown.naturalWidth - side) / 2, top = (shown.naturalHeight - side) / 2;
      pen.drawImage(shown, left, top, side, side, 30, 30, 480, 480);
      pen.drawImage(paint, 30, 30, 480, 480);
    }
    bars.guesses.forEach((guess, i) => {
      const y = 40 + i * 90;
      pen.fillStyle = "#1a1a1a";
      pen.font = (i === 0 ? "bold 30px" : "24px") + " system-ui, sans-serif";
      pen.textAlign = "left";
      pen.fillText(guess.name, 550, y + 26, 470);
      pen.textAlign = "right";
      pen.fillText(percent(guess.probability), 1170, y + 26);
      pen.fillStyle = "#e3e3e8";
      pen.fillRect(550, y + 38, 620, 16);
      pen.fillStyle = i === 0 ? "#d9480f" : "#6b7280";
      pen.fillRect(550, y + 38, Math.max(2, 620 * guess.probability), 16);
    });
    pen.fillStyle = "#555555";
    pen.font = "18px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.fillText(bars.who, 550, 510, 620);
    canvas.toBlob((blob) => download(blob, "imagenet.png"), "image/png");
  }

  return { select, saveNumbers, savePicture };
})();
