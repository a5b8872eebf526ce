import type { ZipMember } from '../../../storage/archive/open-zip.ts';

/** Where a member of a state belongs. A unit is what LocalStack replaces as a whole: a service in a region of an account. */
export interface Belonging {
  /** 'api_states/000000000000/sqs/us-east-1' or 'assets/sqs'; undefined for what belongs to no service. */
  readonly unit: string | undefined;
  readonly service: string | undefined;
}
export const METADATA = 'metadata.yaml';

/** A folder, '' for what a zip of any other kind holds. */
export function belongingOf(name: string): Belonging {
  const [top, first, second, third] = name.split('/');
  if (top === 'api_states' && first && second && third) return { unit: `${top}/${first}/${second}/${third}`, service: second };
  if (top === 'assets' && first) return { unit: `${top}/${first}`, service: first };
  return { unit: undefined, service: undefined };
}

/** The services whose state is in it, in the order of their names. */
export function servicesIn(members: readonly ZipMember[]): readonly string[] {
  const services = members.filter(({ name }) => !name.endsWith('/')).map(({ name }) => belongingOf(name).service);
  return [...new Set(services.filter((service) => service !== undefined))].sort();
}
