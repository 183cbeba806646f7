import assert from "node:assert/strict";
import { test } from "node:test";

import {
  end,
  isFinal,
  isHalfOver,
  learn,
  left,
  NEWS,
  PHASES,
  quiet,
  UNKNOWN,
} from "../../session440/http/client/login.js";

/** @param {number} seconds */
const at = (seconds) => ({ wall: seconds * 1000, tick: seconds * 1000 });
const ACTIVE = {
  state: "active",
  login: "alice",
  login_id: "first",
  expires_in: 60,
  idle_remaining: 60,
  idle_timeout: 60,
  warn_before: 25,
};

/**
 * Return the state after answers, each given at once, and what was new in the last.
 * @param {...[number, import("../../session440/http/client/login.js").Answer]} answers
 */
const after = (...answers) => {
  let [state, news] = [UNKNOWN, /** @type {number[]} */ ([])];
  for (const [seconds, answer] of answers) {
    [state, news] = learn(state, answer, at(seconds), at(seconds));
  }
  return { ...state, news };
};

test("a page without a login stays idle, whatever it is told of an end", () => {
  for (const state of ["anonymous", "expired", undefined]) {
    assert.equal(after([0, { state }]).phase, PHASES.idle);
  }
});

test("a login begins without news", () => {
  const { phase, news } = after([0, ACTIVE]);
  assert.deepEqual([phase, news], [PHASES.active, []]);
});

test("an outage says nothing", () => {
  const { phase, news, last } = after([0, ACTIVE], [50, {}]);
  assert.deepEqual([phase, news, last], [PHASES.active, [], ACTIVE]);
});

test("what is left counts from the time of asking, not from that of the answer", () => {
  const [state] = learn(UNKNOWN, ACTIVE, at(0), at(9));
  assert.equal(left(state, at(10)), 50000);
});

test("until the warning there is nothing to ask, and then until the end", () => {
  const state = after([0, ACTIVE]);
  assert.equal(quiet(state, at(0)), 35000);
  const warned = after([0, ACTIVE], [40, { ...ACTIVE, expires_in: 20 }]);
  assert.equal(quiet(warned, at(40)), 20000);
});

test("a warning comes once, at least 20 seconds before the end", () => {
  const late = { ...ACTIVE, warn_before: 5, expires_in: 20 };
  assert.deepEqual(after([0, ACTIVE], [40, late]).news, [NEWS.warning]);
  assert.deepEqual(after([0, ACTIVE], [40, late], [41, { ...late, expires_in: 19 }]).news, []);
});

test("a login that was renewed is news", () => {
  assert.deepEqual(after([0, ACTIVE], [40, { ...ACTIVE, expires_in: 20 }], [41, ACTIVE]).news, [
    NEWS.renewed,
  ]);
});

test("an end is told once, with what the server says of it", () => {
  const gone = { state: "expired", cause: "idle" };
  const { phase, news, last } = after([0, { ...ACTIVE, relogin_url: "/in" }], [60, gone]);
  assert.deepEqual([phase, news], [PHASES.ended, [NEWS.expired]]);
  assert.deepEqual(last, { ...gone, relogin_url: "/in" });
  assert.deepEqual(after([0, ACTIVE], [60, gone], [61, gone]).news, []);
});

test("a logout ends what the page was made with", () => {
  assert.equal(after([0, ACTIVE], [1, { state: "anonymous" }]).phase, PHASES.ended);
});

test("the same person's new login restores the page", () => {
  const anew = { ...ACTIVE, login_id: "second" };
  const { phase, news } = after([0, ACTIVE], [60, { state: "expired" }], [99, anew]);
  assert.deepEqual([phase, news], [PHASES.active, [NEWS.anew, NEWS.restored]]);
});

test("the same person's new login is told while the former one lived", () => {
  assert.deepEqual(after([0, ACTIVE], [1, { ...ACTIVE, login_id: "second" }]).news, [NEWS.anew]);
});

test("another person's login turns the page away for good", () => {
  const other = { ...ACTIVE, login: "bob" };
  for (const before of [[], [[60, { state: "expired" }]]]) {
    const { phase, news } = after([0, ACTIVE], .../** @type {any} */ (before), [99, other]);
    assert.deepEqual([phase, news], [PHASES.left, [NEWS.other]]);
  }
  assert.equal(after([0, ACTIVE], [9, other], [10, ACTIVE]).phase, PHASES.left);
});

test("a call that tells of the end of a login which the page never knew tells whose it was", () => {
  const [state, news] = end(UNKNOWN, { state: "expired", login: "alice" });
  assert.deepEqual([state.login, news], ["alice", [NEWS.expired]]);
  const [mine] = end(after([0, ACTIVE]), { state: "expired", login: "bob" });
  assert.equal(mine.login, "alice");
});

/** A page that has been away since the tenth second. */
const AWAY = { ...after([0, ACTIVE]), away: 10000 };

test("a page that was away is shown again to its person", () => {
  const [state, news] = learn(AWAY, { ...ACTIVE, expires_in: 40 }, at(20), at(20));
  assert.deepEqual([state.phase, state.away, news], [PHASES.active, undefined, []]);
});

test("a page that was away is for nobody else, nor for nobody", () => {
  for (const answer of [{ ...ACTIVE, login: "bob" }, { state: "expired" }, { state: "anonymous" }]) {
    const [state, news] = learn(AWAY, answer, at(20), at(20));
    assert.deepEqual([state.phase, news], [PHASES.left, [NEWS.other]]);
  }
});

test("what was asked before a page was away says nothing of now", () => {
  for (const answer of [ACTIVE, { state: "anonymous" }, {}]) {
    assert.deepEqual(learn(AWAY, answer, at(9), at(20)), [AWAY, []]);
  }
});

test("a page that the server has written somebody's name on is theirs before anything is asked", () => {
  const written = { ...UNKNOWN, login: "alice", away: -1 };
  assert.equal(learn(written, ACTIVE, at(0), at(0))[0].phase, PHASES.active);
  for (const answer of [{ ...ACTIVE, login: "bob" }, { state: "anonymous" }]) {
    assert.equal(learn(written, answer, at(0), at(0))[0].phase, PHASES.left);
  }
  assert.deepEqual(learn(written, {}, at(0), at(0)), [written, []], "an outage says nothing");
});

test("half of the idle timeout is over after half of it", () => {
  const state = after([0, ACTIVE]);
  assert.deepEqual([isHalfOver(state, at(29)), isHalfOver(state, at(31))], [false, true]);
});

test("what activity does not make last longer is final", () => {
  assert.equal(isFinal({ idle_remaining: 20, expires_in: 20 }), false);
  assert.equal(isFinal({ idle_remaining: 60, expires_in: 20 }), true);
  assert.equal(isFinal({ expires_in: 20 }), true, "there is no idle timeout");
});
