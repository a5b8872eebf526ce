import { type OptionTable, shown } from '../storage/options.ts';
import type { Config } from './config.ts';
import { shownUrl } from './shown-url.ts';
import { tableFor } from './tables.ts';

/** The value of a setting as it may be shown: secrets as `***`, and passwords inside URLs too. A key nobody knows may be a secret with a typing error. */
export async function shownSetting(config: Config, section: string, { key, value }: { readonly key: string; readonly value: string }): Promise<string> {
  const table = await tableFor(section, config.get(section, 'url')?.value);
  return shownBy(table, key, value);
}

/** Like `shownSetting`, for who has the table. */
export const shownBy = (table: OptionTable | undefined, key: string, value: string): string => (table === undefined ? value : shownUrl(shown(table, key, value)));
