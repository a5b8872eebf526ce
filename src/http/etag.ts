/** An ETag as DVC writes it: without quotes. */
export const bareEtag = (etag: string): string => (/["/]/.test(etag) ? etag.replace(/^W\//, '').replaceAll('"', '') : etag);
