import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPathKey, relativePath, resolvePath } from './config-paths.ts';
import { configFiles } from './levels.ts';

const linux = { home: '/home/ann', platform: 'linux' };
const windows = { home: 'C:\\Users\\ann', platform: 'win32' };

describe('a path in a config file', () => {
  const cases: readonly (readonly [string, string, typeof linux, string])[] = [
    ['s3://b/k', '/r/.dvc', linux, 's3://b/k'],
    ['../../store', '/r/.dvc', linux, '/store'],
    ['/abs/../x', '/r/.dvc', linux, '/abs/../x'],
    ['~/x', '/r/.dvc', linux, `${linux.home}/x`],
    ['~', '/r/.dvc', linux, '/home/ann'],
    ['~bob/x', '/r/.dvc', linux, '/r/.dvc/~bob/x'],
    ['../store', 'D:\\r\\.dvc', windows, 'D:\\r\\store'],
    ['C:\\store', 'D:\\r\\.dvc', windows, 'C:\\store'],
  ];
  for (const [value, folder, place, resolved] of cases) {
    test(`'${value}' in ${folder} means ${resolved}`, () => {
      assert.equal(resolvePath(value, folder, place), resolved);
    });
  }
});

describe('a path that was typed', () => {
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    ['../rel', '/r', '/r/.dvc', 'linux', '../../rel'],
    ['.dvc', '/r', '/r/.dvc', 'linux', '.'],
    ['/abs', '/r', '/r/.dvc', 'linux', '/abs'],
    ['~/x', '/r', '/r/.dvc', 'linux', '~/x'],
    ['gs://b', '/r', '/r/.dvc', 'linux', 'gs://b'],
    ['..\\rel', 'D:\\r', 'D:\\r\\.dvc', 'win32', '../../rel'],
  ];
  for (const [value, cwd, folder, platform, stored] of cases) {
    test(`'${value}' in ${cwd} is stored as ${stored}`, () => {
      assert.equal(relativePath(value, folder, { cwd, platform }), stored);
    });
  }
});

test('DVC takes ssl_verify relative to the current folder, so it is no path here', () => {
  assert.ok(isPathKey('remote "a"', 'credentialpath') && isPathKey('cache', 'dir') && isPathKey('machine "m"', 'setup_script'));
  assert.ok(!isPathKey('remote "a"', 'ssl_verify') && !isPathKey('core', 'url'));
});

describe('config files stand', () => {
  const paths = (env: Readonly<Record<string, string>>, platform: string, home: string): readonly string[] => configFiles({ env, platform, home }, platform === 'win32' ? 'D:\\r' : '/r').map(({ path }) => path);

  test('on Linux', () => {
    assert.deepEqual(paths({}, 'linux', '/home/ann'), ['/etc/xdg/dvc/config', '/home/ann/.config/dvc/config', '/home/ann/.config/towline/config', '/r/.dvc/config', '/r/.dvc/towline', '/r/.dvc/config.local', '/r/.dvc/towline.local']);
  });
  test('on macOS', () => {
    assert.deepEqual(paths({}, 'darwin', '/Users/ann').slice(0, 3), ['/Library/Application Support/dvc/config', '/Users/ann/Library/Application Support/dvc/config', '/Users/ann/Library/Application Support/towline/config']);
  });
  test('on Windows', () => {
    assert.deepEqual(paths({ LOCALAPPDATA: 'C:\\L' }, 'win32', 'C:\\Users\\ann').slice(0, 4), ['C:\\ProgramData\\iterative\\dvc\\config', 'C:\\L\\iterative\\dvc\\config', 'C:\\L\\towline\\config', 'D:\\r\\.dvc\\config']);
  });
  test('where the environment says', () => {
    assert.deepEqual(paths({ XDG_CONFIG_HOME: '/x', XDG_CONFIG_DIRS: ':/y:/z' }, 'linux', '/h').slice(0, 3), ['/y/dvc/config', '/x/dvc/config', '/x/towline/config']);
    assert.deepEqual(paths({ DVC_SYSTEM_CONFIG_DIR: '/s', DVC_GLOBAL_CONFIG_DIR: '/g' }, 'linux', '/h').slice(0, 2), ['/s/config', '/g/config']);
  });
  test('outside a repository only for the machine and the user', () => {
    assert.equal(configFiles({ env: {}, platform: 'linux', home: '/h' }).length, 3);
  });
});
