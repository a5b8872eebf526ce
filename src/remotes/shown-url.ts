/** A URL whose password is `***`; any other text as it is. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:)[^/?#]*(?=@)/i, '$1***');
}
