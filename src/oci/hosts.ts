/** Every name under which Docker Hub is written; one set of credentials is for all. */
const DOCKER_HUB: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com', 'hub.docker.com'];
/** The key under which Docker keeps the credentials of its Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

export const isDockerHub = (host: string): boolean => DOCKER_HUB.includes(host);

/** The host whose API answers for a registry. */
export const apiHost = (host: string): string => (isDockerHub(host) ? 'registry-1.docker.io' : host);

/** The hosts under which credentials for this one may be kept. */
export const hostAliases = (host: string): readonly string[] => (isDockerHub(host) ? DOCKER_HUB : [host]);

/** What a credential helper is asked for. */
export const helperKey = (host: string): string => (isDockerHub(host) ? DOCKER_HUB_KEY : host);

/** Whether the host is this very machine: there a registry is spoken to in plain HTTP unless told otherwise, as ORAS and Docker do. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
