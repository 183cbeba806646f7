import assert from "node:assert/strict";
import { test } from "node:test";

import { between } from "../../session440/http/client/clock.js";

test("while the machine sleeps, the time of day goes on", () => {
  assert.equal(between({ wall: 1000, tick: 1000 }, { wall: 61000, tick: 1500 }), 60000);
});

test("a time of day that is set back does not make a login last longer", () => {
  assert.equal(between({ wall: 9e6, tick: 1000 }, { wall: 1e6, tick: 61000 }), 60000);
});
