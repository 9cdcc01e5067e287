// Packs the chosen folder into a ZIP without compression, for pictures hardly shrink.
const button = element.querySelector("button"), input = element.querySelector("input");
const status = element.querySelector("span");
const say = (text) => (status.textContent = text);
button.textContent = props.text;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Little-endian record of [value, bytes] pairs. */
function record(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return view.buffer;
}

async function pack(files) {
  const parts = [], directory = [];
  let offset = 0, directorySize = 0;
  for (const [i, file] of files.entries()) {
    const name = new TextEncoder().encode(file.webkitRelativePath || file.name);
    const crc = crc32(new Uint8Array(await file.arrayBuffer()));
    // Version 2.0, names in UTF-8, stored, 1 January 1980.
    const common = [[20, 2], [0x800, 2], [0, 2], [0, 2], [33, 2], [crc, 4], [file.size, 4], [file.size, 4], [name.length, 2], [0, 2]];
    parts.push(record([0x04034b50, 4], ...common), name, file);
    directory.push(record([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name);
    offset += 30 + name.length + file.size;
    directorySize += 46 + name.length;
    if (i % 100 === 0) say(`Packing ${i + 1} of ${files.length} …`);
  }
  const end = record([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [directorySize, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

button.addEventListener("click", () => input.click());
input.addEventListener("change", async () => {
  const files = [...input.files].filter((file) => !file.name.startsWith("."));
  input.value = "";
  if (!files.length) return;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > props.limit || files.length > 60000) {
    return say(`This folder has ${Math.ceil(bytes / 1e6)} MB; at most ${Math.floor(props.limit / 1e6)} MB can be handed in at once.`);
  }
  button.disabled = true;
  try {
    const blob = await pack(files);
    say("Handing in …");
    const folder = (files[0].webkitRelativePath || "folder").split("/")[0].replace(/[^\w-]+/g, "_") || "folder";
    const { path } = await upload(new File([blob], `${folder}.zip`));
    say(`${files.length} files handed in.`);
    trigger("packed", { path });
  } catch (error) {
    console.warn(error);
    say("The folder could not be handed in: it may be too large, or was changed meanwhile.");
  } finally {
    button.disabled = false;
  }
});
