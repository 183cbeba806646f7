/**
 * Goes back to a page in a browser, and writes what a person would see of it, and when.
 *
 *   node run.mjs '{"browser": "chrome", "program": …, "npm": …, "site": …, "kept": "bfcache",
 *                  "cases": [{"after": "logout", "seconds": 29}]}'
 */

const given = JSON.parse(process.argv[2]);
const { site, kept } = given;
const puppeteer = (await import(`${given.npm}/puppeteer-core/lib/puppeteer/puppeteer-core.js`)).default;
const isChrome = given.browser === "chrome";

const browser = await puppeteer.launch({
  browser: given.browser,
  executablePath: given.program,
  args: isChrome ? ["--no-sandbox"] : [],
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
  defaultViewport: { width: 400, height: 300 },
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
      if (Math.min(data[i], data[i + 2]) - data[i + 1] > 12) found += 4; // faded counts, too
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

const look = (page) => page.screenshot({ encoding: "base64" });

/** What happens while the page is left. */
const HAPPENINGS = {
  nothing: () => {},
  outage: () => {},
  offline: () => {},
  logout: (other) => other.goto(`${site}/logout`),
  timeout: () => tell("/_clock?seconds=1200"),
  "another login": (other) => other.goto(`${site}/login?as=bob`),
};

/** Log in, type something, and leave the page. */
const leave = async (page) => {
  await page.bringToFront();
  await page.evaluateOnNewDocument(() => {
    const { now } = Date; // goes with the server's clock
    Date.now = () => now() + Number(localStorage.shift || 0);
  });
  await page.goto(`${site}/login?as=alice`);
  await page.goto(`${site}/page`);
  await page.evaluate(() => session440.status());
  await page.evaluate((hasUnload) => {
    if (hasUnload) addEventListener("unload", () => {}); // which keeps it out of the bfcache
    addEventListener("pageshow", ({ persisted }) => (window.isPersisted = persisted));
    const field = document.querySelector("textarea");
    field.value = "typed";
    field.focus();
    scrollTo(0, 40);
  }, kept !== "bfcache");
  const before = await look(page);
  await page.goto(`${site}/away`);
  return before;
};

/** Go back, and look at what there is before the server says how the login stands, and then. */
const goBack = async (page, after) => {
  await page.bringToFront();
  await tell(after === "outage" ? "/_fail" : "/_hold");
  if (after === "offline") await page.setOfflineMode(true);
  const { frames, cut } = await film(page);
  page.evaluate(() => history.back()).catch(() => {});
  const isBack = (isCached) => {
    if (location.pathname === "/away") return false;
    // It may be painted before its deferred scripts run (docs/browser.md); a 440 has none.
    const script = document.querySelector("script[data-login]");
    return !isCached || (document.readyState !== "loading" && (!script || "session440" in window));
  };
  await page.waitForFunction(isBack, { polling: 10 }, kept === "http cache").catch(() => {});
  const early = [await look(page), await look(page), await look(page)];
  let said = "";
  if (after === "outage" || after === "offline") {
    await page.waitForSelector("dialog.session440");
    early.push(await look(page));
    said = await page.$eval("dialog.session440", (dialog) => dialog.textContent);
    if (after === "offline") await page.setOfflineMode(false);
  }
  await tell("/_release");
  const wanted = { logout: "login", timeout: "You have been signed out", "another login": "bob" };
  await page.waitForFunction(
    (title) => document.title === title && !document.adoptedStyleSheets.length,
    { timeout: 30000 },
    wanted[after] || "alice",
  );
  await pause(300); // until a page that fades in is there
  const late = await look(page);
  await cut();
  return { early, late, frames, said };
};

const run = async ({ after, seconds }) => {
  const page = await browser.newPage();
  const other = await browser.newPage();
  const before = await leave(page);
  await HAPPENINGS[after](other);
  await tell(`/_clock?seconds=${seconds}`);
  await page.evaluate((shift) => (localStorage.shift = shift), seconds * 1000);
  const { early, late, frames, said } = await goBack(page, after);
  const found = await page.evaluate(() => ({
    isPersisted: !!window.isPersisted,
    typed: document.querySelector("textarea")?.value,
    hasFocus: document.activeElement?.localName,
    top: scrollY,
  }));
  const shares = (pictures) => Promise.all(pictures.map(shareOfAlice));
  const [[first, last], hidden, painted] = [
    await shares([before, late]),
    await shares(early),
    await shares(frames),
  ];
  await Promise.all([page, other].map((each) => each.close()));
  return { after, seconds, before: first, early: hidden, painted, late: last, said, ...found };
};

const results = [];
try {
  for (const each of given.cases) results.push(await run(each));
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(results));
