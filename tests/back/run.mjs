/**
 * Goes back to a page in a browser, and writes what a person would see of it, and when.
 *
 *   node run.mjs '{"browser": "chrome", "program": …, "npm": …, "site": …,
 *                  "cases": [{"kept": "bfcache", "after": "logout", "seconds": 29}]}'
 */

const given = JSON.parse(process.argv[2]);
const { site } = given;
const puppeteer = (await import(`${given.npm}/puppeteer-core/lib/puppeteer/puppeteer-core.js`)).default;
const isChrome = given.browser === "chrome";

const browser = await puppeteer.launch({
  browser: given.browser,
  executablePath: given.program,
  args: isChrome ? ["--no-sandbox"] : [],
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
  extraPrefsFirefox: { "fission.bfcacheInParent": true },
  protocolTimeout: 60000,
});
const glass = await browser.newPage(); // in which pictures are looked at

const tell = (what) => fetch(site + what);
const pause = (length) => new Promise((resolve) => setTimeout(resolve, length));

/** Return which share of a picture has the colour of alice's page. */
const shareOfAlice = (picture) =>
  glass.evaluate(async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) {
      // Of a picture that is compressed, or of a page that is fading, the colour is not exact.
      if (Math.min(data[i], data[i + 2]) - data[i + 1] > 12) found += 4;
    }
    return found / data.length;
  }, `data:image/png;base64,${picture}`);

/** Collect what Chromium paints from now on. */
const film = async (page) => {
  const frames = [];
  if (!isChrome) return { frames, cut() {} };
  const session = await page.createCDPSession();
  session.on("Page.screencastFrame", ({ data, sessionId }) => {
    frames.push(data);
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => {});
  });
  await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  return { frames, cut: () => session.detach().catch(() => {}) };
};

const shots = async (page, count) => {
  const taken = [];
  for (let i = 0; i < count; i++) taken.push(await page.screenshot({ encoding: "base64" }));
  return taken;
};

/** What happens while the page is left. */
const HAPPENINGS = {
  nothing: async () => {},
  logout: (other) => other.goto(`${site}/logout`),
  timeout: () => tell("/_clock?seconds=1200"),
  "another login": (other) => other.goto(`${site}/login?as=bob`),
  offline: async () => {},
};

const run = async ({ kept, after, seconds }) => {
  await tell("/_release");
  const page = await browser.newPage();
  const other = await browser.newPage();
  await page.bringToFront();
  // The browser's own clock goes with the server's.
  await page.evaluateOnNewDocument(() => {
    const { now } = Date;
    Date.now = () => now() + Number(localStorage.shift || 0);
  });
  await page.goto(`${site}/login?as=alice`);
  await page.goto(`${site}/page?kept=${kept}`);
  await page.evaluate(() => session440.status());
  await page.evaluate((noCache) => {
    if (noCache) addEventListener("unload", () => {});
    addEventListener("pageshow", ({ persisted }) => (window.isPersisted = persisted));
    const field = document.querySelector("textarea");
    field.value = "typed";
    field.focus();
    scrollTo(0, 40);
  }, kept === "http cache");
  const before = await shareOfAlice((await shots(page, 1))[0]);
  await page.goto(`${site}/away`);
  await HAPPENINGS[after](other);
  await tell(`/_clock?seconds=${seconds}`);
  await page.evaluate((shift) => (localStorage.shift = shift), seconds * 1000);
  await page.bringToFront();
  await tell("/_hold");
  const { frames, cut } = await film(page);
  const offline = (is) => (isChrome ? page.setOfflineMode(is) : null);
  if (after === "offline") await offline(true);
  page.evaluate(() => history.back()).catch(() => {});
  await page.waitForFunction(() => location.pathname !== "/away", { polling: 10 }).catch(() => {});
  const early = await shots(page, 3);
  const text = await page.evaluate(() => document.querySelector(".session440")?.textContent);
  if (after === "offline") await pause(2500), early.push(...(await shots(page, 1)));
  await offline(false);
  await tell("/_release");
  const wanted = { nothing: "alice", offline: "alice", "another login": "bob" }[after];
  await page
    .waitForFunction(
      (title) => (title ? document.title === title && !document.adoptedStyleSheets.length : document.title !== "alice"),
      { timeout: 20000 },
      wanted,
    )
    .catch(() => {});
  await pause(100);
  const [late] = await shots(page, 1);
  const seen = await page.evaluate(() => ({
    title: document.title,
    isPersisted: window.isPersisted,
    typed: document.querySelector("textarea")?.value,
    hasFocus: document.activeElement?.tagName,
    top: scrollY,
  }));
  await pause(100);
  await cut();
  const painted = await Promise.all(frames.map(shareOfAlice));
  const result = {
    before,
    early: await Promise.all(early.map(shareOfAlice)),
    late: await shareOfAlice(late),
    painted,
    text,
    ...seen,
  };
  await Promise.all([page, other].map((each) => each.close()));
  return result;
};

const results = [];
try {
  for (const each of given.cases) results.push({ ...each, ...(await run(each)) });
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(results));
