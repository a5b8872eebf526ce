import assert from 'node:assert/strict';
import { it } from 'node:test';
import { proofOf } from './data-login.ts';

it('a proof names what it is of, and depends on everything in the challenge', () => {
  const challenge = new Map([['realm', '0'], ['nonce', 'n"1'], ['qop', 'auth']]);
  const secrets = { user: 'dXNlcg==', password: 'cGFzcw==', cnonce: 'c' };
  const { response, expected } = proofOf(challenge, secrets);

  assert.match(response, /^charset=utf-8,username="dXNlcg==",realm="0",nonce="n\\"1",nc=00000001,cnonce="c",digest-uri="hdfs\/0",maxbuf=65536,response=[0-9a-f]{32},qop=auth$/);
  assert.match(expected, /^[0-9a-f]{32}$/);
  const others = [proofOf(new Map([...challenge, ['nonce', 'n2']]), secrets), proofOf(new Map([...challenge, ['realm', 'r']]), secrets), proofOf(challenge, { ...secrets, password: 'x' }), proofOf(challenge, { ...secrets, cnonce: 'd' })];
  assert.equal(new Set([expected, ...others.map((one) => one.expected)]).size, 5);
});
