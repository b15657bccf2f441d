import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused, ServerLost } from '../src/server/api.js';
import { LOST, resource } from '../src/server/resource.js';

/** A server that answers when it is told to. */
function slow() {
  /** @type {{ question: string, signal: AbortSignal, answer: (value: string) => void, fail: (error: Error) => void }[]} */
  const asked = [];
  const of = resource(
    (/** @type {string} */ question, signal) =>
      new Promise((answer, fail) => asked.push({ question, signal, answer, fail })),
  );
  return { of, asked };
}

const settled = () => new Promise((done) => setImmediate(done));

test('what is there stays while the next version is asked for, one question at a time', async () => {
  const { of, asked } = slow();
  of.want({ key: 'a', version: '1', question: 'a' });
  of.want({ key: 'a', version: '2', question: 'a' });
  assert.equal(asked.length, 1);
  asked[0].answer('one');
  await settled();
  assert.deepEqual(of.known.get(), { value: 'one', waiting: false, problem: null });
  assert.equal(asked.length, 1 + 1, 'the version that came meanwhile');
  asked[1].answer('two');
  await settled();
  of.want({ key: 'a', version: '2', question: 'a' });
  assert.equal(asked.length, 2);
  assert.equal(of.known.get().value, 'two');
});

test('another key ends the question under way, whose answer is not heard', async () => {
  const { of, asked } = slow();
  of.want({ key: 'a', version: '1', question: 'a' });
  of.want({ key: 'b', version: '1', question: 'b' });
  assert.equal(asked[0].signal.aborted, true);
  asked[1].answer('of b');
  asked[0].answer('of a');
  await settled();
  assert.equal(of.known.get().value, 'of b');
  of.want({ key: 'c', version: '1', question: 'c', keep: true });
  assert.deepEqual(of.known.get(), { value: 'of b', waiting: true, problem: null });
  of.want({ key: 'd', version: null, question: 'd' });
  assert.deepEqual(of.known.get(), { value: null, waiting: true, problem: null });
  assert.equal(asked.length, 3, 'nothing is asked while the server cannot be');
});

test('what failed is told in words and asked again with the next version or on wish', async () => {
  const { of, asked } = slow();
  of.want({ key: 'a', version: '1', question: 'a' });
  asked[0].fail(new Refused('bad', 'the period ends before it begins'));
  await settled();
  assert.equal(of.known.get().problem, 'The period ends before it begins.');
  of.want({ key: 'a', version: '1', question: 'a' });
  assert.equal(asked.length, 1);
  of.retry();
  assert.equal(asked.length, 2);
  assert.deepEqual(of.known.get(), { value: null, waiting: true, problem: null });
  asked[1].fail(new ServerLost('gone'));
  await settled();
  assert.equal(of.known.get().problem, LOST);
  of.want({ key: 'a', version: '2', question: 'a' });
  asked[2].answer('there');
  await settled();
  assert.deepEqual(of.known.get(), { value: 'there', waiting: false, problem: null });
});
