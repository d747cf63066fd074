// Records what the first video element of a page shows, in a custom element or not: runs before the page's own scripts.
// Each presented frame is "<Unix ms> <32 grey levels as hex>", the barcode strip, left to right.
(() => {
  const BLOCKS = 32;
  const STRIP_SHARE = 8;
  const PIXELS = 4; // per block and side
  const seen = { frames: [], waits: [] };
  window.seen = seen;

  const canvas = new OffscreenCanvas(BLOCKS * PIXELS, PIXELS);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  const levels = (video) => {
    const strip = video.videoHeight / STRIP_SHARE;
    context.drawImage(video, 0, 0, video.videoWidth, strip, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const level = (column, row) => data[(row * canvas.width + column) * 4 + 1]; // green: the strip is grey
    let text = "";
    for (let block = 0; block < BLOCKS; block += 1) {
      const left = block * PIXELS + 1; // the middle four pixels
      const sum = level(left, 1) + level(left + 1, 1) + level(left, 2) + level(left + 1, 2);
      text += Math.round(sum / 4).toString(16).padStart(2, "0");
    }
    return text;
  };

  const watch = (video) => {
    const presented = () => {
      seen.frames.push(`${Date.now()} ${levels(video)}`);
      video.requestVideoFrameCallback(presented);
    };
    video.requestVideoFrameCallback(presented);
    for (const name of ["waiting", "stalled"]) {
      video.addEventListener(name, () => seen.waits.push({ wall_ms: Date.now(), event: name }));
    }
  };

  const within = (root) => {
    const hosts = [...root.querySelectorAll("*")].filter((one) => one.shadowRoot);
    return root.querySelector("video") ?? hosts.map((one) => within(one.shadowRoot)).find(Boolean);
  };

  const search = setInterval(() => {
    const video = within(document);
    if (!video) return;
    clearInterval(search);
    watch(video);
  }, 5);
})();
