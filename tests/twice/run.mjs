/**
 * Runs cases in a browser, each in a new page of one tab, and writes what became of them.
 *
 *   node run.mjs '{"browser": "chrome", "program": …, "npm": …, "site": …, "elsewhere": …,
 *                  "lists": ["fetch"], "modes": ["without", "with"]}'
 */

const given = JSON.parse(process.argv[2]);
const { site, elsewhere } = given;
const puppeteer = (await import(`${given.npm}/puppeteer-core/lib/puppeteer/puppeteer-core.js`)).default;

const browser = await puppeteer.launch({
  browser: given.browser,
  executablePath: given.program,
  args: given.browser === "chrome" ? ["--no-sandbox"] : [],
  protocolTimeout: 60000,
});

/** Tell both sites something, or ask them. */
const tell = async (what) =>
  Promise.all([site, elsewhere].map(async (each) => (await fetch(each + what)).json()));

// A tab for each case would take as much time again.
const page = await browser.newPage();
let runs = 0;
let complaints = [];
page.on("console", (message) => complaints.push(message.text()));

/** Open a page of somebody who is logged in, when the script in it knows. */
const open = async (mode) => {
  complaints = [];
  await page.goto(`${site}/login`);
  if (mode !== "without") await page.evaluate(() => session440.status());
};

/** Run a function as a script of the page's own: browsers tell another one's errors to nobody. */
const act = (each) =>
  page.evaluate((text) => {
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
    script.remove();
    return window.done;
  }, `window.done = (${each})(${JSON.stringify({ site, elsewhere })})`);

const ENDED = ".session440-ended";
const IDLE = 1201; // seconds

/** Log in again in a window of one's own, as soon as the page is covered. */
const logIn = async (waits) => {
  await page.waitForSelector(ENDED);
  if (waits) await page.waitForFunction(() => window.mayLogIn);
  const other = await browser.newPage();
  await other.goto(`${site}/login`);
  await other.close();
};

/** Bring about what a mode is called after, in a page whose login lives. */
const begin = async (mode) => {
  if (mode === "hanging" || mode === "failing") await tell(`/_disturb?by=${mode}`);
  if (!["met", "known", "back"].includes(mode)) return;
  await tell(`/_clock?seconds=${IDLE}`);
  if (mode === "met") return;
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.waitForSelector(ENDED);
  if (mode === "known") return;
  const restored = page.evaluate(
    () => new Promise((resolve) => document.addEventListener("session440:restored", () => resolve())),
  );
  await logIn();
  await restored;
};

/** Run a case in a page, and return what was observed there and at the servers. */
const run = async ({ act: each, leaves, prepare, waits, expected }, mode) => {
  runs += 1;
  await tell(`/_begin?mode=${mode}&run=${runs}`);
  await open(mode);
  await prepare?.({ page, npm: given.npm });
  await begin(mode);
  const left = leaves && page.waitForNavigation({ timeout: 20000 }).catch(() => "it stayed");
  const done = act(each).catch((error) => String(error.message));
  if (mode === "met" || mode === "known") await logIn(waits);
  const failed = leaves ? await left : await done;
  // What follows from it, as far as it follows at once.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 60)));
  const log = JSON.parse((await page.evaluate((name) => sessionStorage[name], `log ${runs}`)) || "[]");
  const [asked, other] = await tell("/_records");
  const inOrder = (all) => all.sort((a, b) => (a.what < b.what ? -1 : 1)); // of several at once
  return {
    log,
    expected,
    failed: typeof failed === "string" ? [failed] : [],
    asked: inOrder(asked.filter(({ what }) => what !== "GET /page?")),
    elsewhere: inOrder(other),
    complaints,
  };
};

const results = {};
try {
  for (const list of given.lists) {
    const { cases } = await import(`./${list}.mjs`);
    for (const [name, each] of Object.entries(cases)) {
      if (given.only && !name.includes(given.only)) continue;
      const made = typeof each === "function" ? { act: each } : each;
      const modes = made.modes || given.modes;
      results[`${list}: ${name}`] = {};
      for (const mode of modes) results[`${list}: ${name}`][mode] = await run(made, mode);
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(results));
