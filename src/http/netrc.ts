/** What a netrc file says for one machine. */
export interface NetrcLogin {
  readonly login: string;
  readonly password: string;
}

/** Finds the login of a host in the text of a netrc file: its own entry, or `default`. Macros and comments are passed over; the first entry of a host counts. */
export function netrcLogin(text: string, host: string): NetrcLogin | undefined {
  const entries = parse(text);
  const found = entries.find(({ machine }) => machine === host.toLowerCase()) ?? entries.find(({ machine }) => machine === undefined);
  return found && { login: found.login, password: found.password };
}

interface Entry {
  /** Undefined for `default`. */
  readonly machine: string | undefined;
  login: string;
  password: string;
}

function parse(text: string): readonly Entry[] {
  const words = tokens(text);
  const entries: Entry[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const value = words[at + 1] ?? '';
    const entry = entries.at(-1);
    switch (words[at]) {
      case 'machine':
        entries.push({ machine: value.toLowerCase(), login: '', password: '' });
        break;
      case 'default':
        entries.push({ machine: undefined, login: '', password: '' });
        continue;
      case 'login':
      case 'user':
        if (entry) entry.login = value;
        break;
      case 'password':
        if (entry) entry.password = value;
        break;
      case 'account':
        break;
      default:
        continue;
    }
    at += 1;
  }
  return entries;
}

function tokens(text: string): readonly string[] {
  // A macro ends at the first empty line and may hold any words.
  const plain = text.replace(/\r\n/g, '\n').replace(/^[ \t]*macdef[^\n]*\n(?:[^\n]+\n)*/gm, '').replace(/^[ \t]*#[^\n]*$/gm, '');
  return [...plain.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => (quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1')));
}
