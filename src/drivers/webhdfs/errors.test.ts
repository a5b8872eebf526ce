import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { webhdfsError } from './errors.ts';

const answer = (status: number, body: string, type = 'application/json'): HttpResponse => ({
  status, url: new URL('http://namenode:9870/webhdfs/v1/a?op=OPEN&delegation=hidden'),
  header: (name) => (name === 'content-type' ? type : undefined), *headers() { /* none */ },
  body: (async function* () { yield Buffer.from(body); })(), cancel: () => undefined,
});
const exception = (name: string, message: string): string => JSON.stringify({ RemoteException: { exception: name, javaClassName: `org.apache.${name}`, message } });
const doing = { verb: 'read', path: 'a', displayUrl: 'webhdfs://namenode:9870' };

describe('an exception of Hadoop', () => {
  const known: readonly (readonly [status: number, name: string, message: string, code: ErrorCode, retryable: boolean])[] = [
    [404, 'FileNotFoundException', 'File does not exist: /a', 'NOT_FOUND', false],
    // What the NameNode and HttpFS say of a name below a file.
    [403, 'AccessControlException', '/a (is not a directory)', 'NOT_FOUND', false],
    [500, 'AccessControlException', '/a (is not a directory)', 'NOT_FOUND', false],
    [403, 'AccessControlException', 'Permission denied: user=alice, access=EXECUTE, inode="/user/bob":bob:bob:drwx------', 'PERMISSION_DENIED', false],
    [500, 'AccessControlException', 'Permission denied: user=alice', 'PERMISSION_DENIED', false],
    [403, 'AuthorizationException', 'User: alice is not allowed to impersonate bob', 'PERMISSION_DENIED', false],
    [403, 'SecurityException', 'Failed to obtain user group information: org.apache.hadoop.security.token.SecretManager$InvalidToken: token is expired', 'UNAUTHENTICATED', false],
    [401, 'AuthenticationException', 'Authentication required', 'UNAUTHENTICATED', false],
    [403, 'FileAlreadyExistsException', '/a for client 127.0.0.1 already exists', 'ALREADY_EXISTS', false],
    [403, 'ParentNotDirectoryException', '/a (is not a directory)', 'INVALID_ARGUMENT', false],
    [403, 'StandbyException', 'Operation category READ is not supported in state standby', 'UNAVAILABLE', true],
    [500, 'RemoteException', 'Operation category READ is not supported in state standby', 'UNAVAILABLE', true],
    [403, 'SafeModeException', 'Cannot create file/a. Name node is in safe mode.', 'UNAVAILABLE', true],
    [403, 'RetriableException', 'NameNode still not started', 'UNAVAILABLE', true],
    [403, 'AlreadyBeingCreatedException', 'Failed to APPEND_FILE /a', 'LOCKED', true],
    [403, 'NSQuotaExceededException', 'The NameSpace quota (directories and files) of directory /a is exceeded', 'UNAVAILABLE', false],
    [403, 'DSQuotaExceededException', 'The DiskSpace quota of /a is exceeded', 'UNAVAILABLE', false],
    [403, 'IOException', 'Failed to find datanode, suggest to check cluster health. excludeDatanodes=null', 'UNAVAILABLE', true],
    [403, 'IOException', 'File /a could only be written to 0 of the 1 minReplication nodes.', 'UNAVAILABLE', true],
    [500, 'RemoteException', 'File does not exist: /a', 'NOT_FOUND', false],
    [400, 'InvalidPathException', 'Invalid path name Invalid file name: a:b', 'INVALID_ARGUMENT', false],
    [400, 'IllegalArgumentException', 'Invalid value for webhdfs parameter "op"', 'INVALID_ARGUMENT', false],
    [500, 'SomethingNew', 'it broke', 'UNAVAILABLE', true],
    [403, 'SomethingNew', 'it broke', 'UNAVAILABLE', false],
  ];
  for (const [status, name, message, code, retryable] of known) {
    it(`${status} ${name} (${message.slice(0, 40)}) is ${code}${retryable ? ', and may be tried again' : ''}`, async () => {
      const error = await webhdfsError(answer(status, exception(name, message)), doing, 0);

      assert.deepEqual([error.code, error.retryable], [code, retryable]);
      assert.match(error.message, /^Cannot read 'a' on webhdfs:\/\/namenode:9870: /);
      assert.equal(error.context['serviceCode'], name);
    });
  }

  it('is told in one line, without the stack of Java', async () => {
    const error = await webhdfsError(answer(403, exception('IOException', 'it broke\\n\\tat org.apache.Hadoop\n\tat more')), doing, 0);

    assert.match(error.message, /\(IOException: it broke\)$/);
  });

  it('that is no JSON after all is told by its status', async () => {
    const error = await webhdfsError(answer(500, '{"RemoteExc'), doing, 0);

    assert.equal(error.code, 'UNAVAILABLE');
  });

  it('is a web page where a login is wanted: it says what to set, and shows no token', async () => {
    const error = await webhdfsError(answer(401, '<html>Authentication required</html>', 'text/html'), doing, 0);

    assert.equal(error.code, 'UNAUTHENTICATED');
    assert.match(error.hint ?? '', /kerberos/);
    assert.doesNotMatch(JSON.stringify([error.message, error.context]), /hidden/);
  });
});
