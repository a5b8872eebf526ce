import { packingOptions } from '../../oci/packing-options.ts';
import type { OptionsOf } from '../../storage/options.ts';

/** The options of an image layout. DVC knows none, so all are ours. */
export const options = packingOptions;

/** The values of the options. */
export type LayoutOptions = OptionsOf<typeof options>;
