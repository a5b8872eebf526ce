import assert from 'node:assert/strict';
import { bodyOf, textOf, type TransportCase } from './case.ts';
import { answering, reply } from './wire.ts';

const KIB = 1024;
const unavailable = { code: 'UNAVAILABLE', retryable: true };
/** A server that writes `text` once and closes. */
const says = (text: string): TransportCase['serve'] => async (wire) => {
  await wire.head();
  wire.end(text);
};

/** How answers are read. */
export const answerCases: readonly TransportCase[] = [
  {
    name: 'an answer has its status, its headers in any case, and its body',
    serve: answering(() => 'HTTP/1.1 206 Partial\r\nETag: "x"\r\nX-Two: a\r\nx-two: b\r\nContent-Length: 5\r\n\r\nhello'),
    async run({ send }) {
      const response = await send('GET', '/a?b=c');
      assert.equal(response.status, 206);
      assert.equal(response.header('etag'), '"x"');
      assert.equal(response.header('X-TWO'), 'a, b');
      assert.equal(response.header('absent'), undefined);
      assert.deepEqual([...response.headers()][0], ['ETag', '"x"']);
      assert.equal(await textOf(response), 'hello');
    },
  },
  {
    name: 'a chunked answer is joined, its extensions and trailers left out',
    serve: answering(() => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n'),
    async run({ send, server }) {
      assert.equal(await textOf(await send('GET')), 'abcde');
      assert.equal(await textOf(await send('GET')), 'abcde');
      assert.ok(server.connections() <= 2);
    },
  },
  {
    name: 'bytes that are compressed stay as they are',
    serve: answering(() => 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08'),
    async run({ send, server }) {
      assert.equal((await textOf(await send('GET'))).length, 3);
      assert.equal(server.requests[0]?.header('accept-encoding'), undefined);
    },
  },
  {
    name: 'an answer without a length ends with the connection',
    serve: says('HTTP/1.1 200 OK\r\n\r\nall of it'),
    run: async ({ send }) => assert.equal(await textOf(await send('GET')), 'all of it'),
  },
  {
    name: 'an answer shorter than its length is an error that may be tried again',
    serve: says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), unavailable),
  },
  {
    name: 'a chunked answer that is cut off is an error that may be tried again',
    serve: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nshort'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), unavailable),
  },
  {
    name: 'a chunked answer without its last chunk is an error that may be tried again',
    serve: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), unavailable),
  },
  {
    name: 'a head that is cut off is an error that may be tried again',
    serve: says('HTTP/1.1 200 OK\r\nContent-Le'),
    run: async ({ send }) => assert.rejects(send('PUT'), unavailable),
  },
  {
    name: 'HEAD, 204 and 304 have no body, whatever length they name',
    serve: answering((request) => `HTTP/1.1 ${request.target === '/304' ? '304 Not Modified' : request.target === '/204' ? '204 No Content' : '200 OK'}\r\n${request.target === '/204' ? '' : 'Content-Length: 99\r\n'}\r\n`),
    async run({ send }) {
      for (const [method, path] of [['HEAD', '/'], ['GET', '/204'], ['GET', '/304'], ['HEAD', '/']] as const) {
        assert.equal(await textOf(await send(method, path)), '');
      }
    },
  },
  {
    name: 'news before the answer (102, 103) is passed over',
    serve: answering(() => `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${reply('ok')}`),
    async run({ send }) {
      const response = await send('GET');
      assert.deepEqual([response.status, response.header('link'), await textOf(response)], [200, undefined, 'ok']);
    },
  },
  {
    name: 'a 100 that nobody asked for is passed over',
    serve: answering(() => `HTTP/1.1 100 Continue\r\n\r\n${reply('ok')}`),
    async run({ send }) {
      assert.equal(await textOf(await send('GET')), 'ok');
      assert.equal(await textOf(await send('POST')), 'ok');
    },
  },
  {
    name: 'a body is sent once to a server that is known to say 100 without being asked',
    serve: answering(async (request, wire) => {
      wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      return reply((await wire.bytes(Number(request.header('content-length')))).toString());
    }),
    async run({ send, server }) {
      assert.equal(await textOf(await send('PUT', '/', { body: bodyOf('hello'), continuesUnasked: true })), 'hello');
      assert.equal(server.requests.length, 1);
    },
  },
  {
    name: 'an answer with both a length and chunks is refused',
    serve: says('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'an answer with two lengths is refused',
    serve: says('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 2\r\n\r\nabcd'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'a chunk whose size is no number is refused',
    serve: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'a chunk longer than it says is refused',
    serve: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n'),
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'a second answer to one request never becomes the answer to the next',
    serve: async (wire) => {
      await wire.head();
      wire.write(reply('first') + (wire.connection === 1 ? reply('planted') : ''));
      if (await wire.head()) wire.write(reply('second'));
    },
    async run({ send }) {
      assert.equal(await textOf(await send('GET', '/1')), 'first');
      assert.notEqual(await send('GET', '/2').then(textOf, () => 'refused'), 'planted');
    },
  },
  {
    name: 'something that is not HTTP is refused for good',
    serve: says('SSH-2.0-OpenSSH_9.2\r\n'),
    run: async ({ send }) => assert.rejects(send('GET'), { code: 'UNAVAILABLE', retryable: false }),
  },
  {
    name: 'headers of 48 KiB are taken, of more than 64 KiB refused',
    serve: answering((request) => reply('ok', { headers: `X-Long: ${'x'.repeat(Number(request.target.slice(1)) * KIB)}\r\n` })),
    async run({ send }) {
      assert.equal((await send('GET', '/48')).header('x-long')?.length, 48 * KIB);
      await assert.rejects(send('GET', '/80'), { code: 'UNAVAILABLE', retryable: false });
    },
  },
];
