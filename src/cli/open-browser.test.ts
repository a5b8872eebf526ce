import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserCommand } from './open-browser.ts';
import { hasBrowser } from './process-runtime.ts';

const url = 'https://accounts.example/auth?a=1&b=$(date)';

test('the address is one word of a program, never a text for a shell', () => {
  assert.deepEqual(browserCommand(url, {}, 'darwin'), ['open', [url]]);
  assert.deepEqual(browserCommand(url, {}, 'win32'), ['rundll32', ['url.dll,FileProtocolHandler', url]]);
  assert.deepEqual(browserCommand(url, {}, 'linux'), ['xdg-open', [url]]);
  assert.deepEqual(browserCommand(url, { BROWSER: 'w3m %s:firefox' }, 'linux'), ['firefox', [url]]);
});

test('without a screen there is no browser on Linux', () => {
  assert.deepEqual([hasBrowser({}, 'linux'), hasBrowser({ DISPLAY: ':0' }, 'linux'), hasBrowser({ BROWSER: 'lynx' }, 'linux'), hasBrowser({}, 'darwin')], [false, true, true, true]);
});
