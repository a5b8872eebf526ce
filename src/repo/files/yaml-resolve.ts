import { Float, Timestamp } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';

// What a plain scalar means to YAML 1.2 as ruamel.yaml reads it. That is wider than the core schema: `1_000`, `0b1`,
// dates and `=` are not text. The same rules decide which strings have to be quoted when they are written.
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?)$/;
const SPECIAL_FLOAT = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/;
/** Of what the pattern takes for a number, Python can read only what is left of it without underscores. */
const DIGITS = /^[-+]?(?:0b[01]+|0o[0-7]+|[0-9]+|0x[0-9a-fA-F]+)$/;
const TIMESTAMP =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)$/;

/** The value of a plain (unquoted) scalar. */
export function resolvePlain(text: string): YamlValue {
  if (NULL.test(text)) return null;
  const first = text.charAt(0);
  if ((first >= '0' && first <= '9') || first === '-' || first === '+' || first === '.') return resolveNumber(text);
  return BOOLEAN.test(text) ? text.toLowerCase() === 'true' : text;
}

/** True when `text` written without quotes would not be read back as that text. */
export function isAmbiguous(text: string): boolean {
  return text === '<<' || text === '=' || (/^[-+0-9]/.test(text) && INTEGER.test(text)) || resolvePlain(text) !== text;
}

function resolveNumber(text: string): YamlValue {
  if (FLOAT.test(text)) return new Float(Number(text.replaceAll('_', '')));
  if (SPECIAL_FLOAT.test(text)) return new Float(specialFloat(text.toLowerCase()));
  if (text.charAt(0) !== '.' && INTEGER.test(text) && DIGITS.test(text.replaceAll('_', ''))) return resolveInteger(text.replaceAll('_', ''));
  return TIMESTAMP.test(text) ? new Timestamp(text) : text;
}

function specialFloat(text: string): number {
  if (text === '.nan') return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function resolveInteger(text: string): number | bigint {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  // In YAML 1.2 a leading zero alone does not mean octal.
  const magnitude = BigInt(/^0[box]./.test(digits) ? digits : digits.replace(/^0+(?=.)/, ''));
  const value = negative ? -magnitude : magnitude;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
