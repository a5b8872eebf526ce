import { parsePodReference } from '../../pods/names.ts';
import { savePod } from '../../pods/verbs/save.ts';
import { TowlineError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { ENDPOINT, EXCLUDE, FORMAT, SECRET, SERVICES, servicesOf, withHolder, withSecretPods } from '../open-pods.ts';

export const podSave = defineCommand({
  positionals: ['name', '[remote]'],
  flags: {
    from: { type: 'string', value: 'place', help: 'dir:PATH or zip:PATH instead of LocalStack' },
    message: { type: 'string', short: 'm', value: 'text', help: 'what this version is' },
    layered: { type: 'boolean', help: 'on a registry: in pieces, so that what did not change is not sent again' },
    ...SERVICES,
    ...EXCLUDE,
    ...ENDPOINT,
    ...SECRET,
    ...FORMAT,
    ...LIMITED,
  },
  examples: ['tow pod save nightly team', "tow pod save env --from dir:./state -m 'before the migration'", 'tow pod save seed s3://bucket/pods --from zip:seed.zip'],
  failure: 'Failed to create Cloud Pod',
  run: async ({ flags, positionals: [text = '', remote] }, context) => withSecretPods(context, { remote, secret: flags.secret }, async (pods) => {
    const { name, version } = parsePodReference(text);
    if (version !== undefined) throw new TowlineError('INVALID_ARGUMENT', `'${text}' names a version: a save makes the next one`, { hint: `tow pod save ${name}`, context: { usage: true } });
    const services = servicesOf(flags.services);
    const about = await withHolder(context, { place: flags.from, endpoint: flags.endpoint, exclude: flags.exclude }, async ({ holder }) =>
      await savePod(holder, pods, { name, signal: context.signal, isLayered: flags.layered, ...(flags.message !== undefined && { message: flags.message }), ...(services && { services }) }));
    return { isJson: flags.format === 'json', about, remote: remote ?? pods.displayUrl };
  }),
  text({ isJson, about, remote }) {
    if (isJson) return [JSON.stringify(infoOf(about, remote))];
    return [`Cloud Pod \`${about.name}\` successfully created ✅`, `Version: ${about.version}`, `Remote: ${remote}`, `Services: ${about.services.join(',') || 'none'}`];
  },
  json: ({ about, remote }) => infoOf(about, remote),
});

/** What LocalStack says of a save. */
const infoOf = ({ name, version, services, size }: { readonly name: string; readonly version: number; readonly services: readonly string[]; readonly size: number }, remote: string): unknown => ({ name, version, remote, services, size });
