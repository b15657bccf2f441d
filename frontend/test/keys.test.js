import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BINDINGS, HELP, TABLE } from '../src/shell/keys.js';

test('bindings and help are made of the same rows, and no key is bound twice', () => {
  assert.equal(HELP.length, TABLE.length);
  assert.deepEqual(
    HELP.map(({ does }) => does),
    TABLE.map(({ does }) => does),
  );
  const names = BINDINGS.map(({ name }) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(BINDINGS.map(({ act }) => act)).size, TABLE.flatMap(({ keys }) => keys).length);
});

test('the help shows each key as it stands on the keyboard', () => {
  assert.deepEqual(
    HELP.map(({ key }) => key),
    // biome-ignore format: a line of keys
    ['1 to 8', '\u2190 \u2192', '+ \u2212', 'Home End', 'F', 'G', 'L A', 'C', 'V', 'J K', 'T /', 'B', 'D', 'S', '?', 'Esc'],
  );
});

test('every letter, digit and sign can be switched off, and nothing else', () => {
  const kept = BINDINGS.filter(({ character }) => !character).map(({ name }) => name);
  assert.deepEqual(kept, ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'Escape']);
});
