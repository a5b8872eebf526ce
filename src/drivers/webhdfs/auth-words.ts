/** What DVC says of logins that exclude each other. */
export const TOKEN_WORDS = 'If passing a delegation token, must not set user or proxy_to, as these are encoded in the token';
export const KERBEROS_WORDS = 'If using Kerberos auth, do not specify the user, this is handled by kinit.';
export const PASSWORD_WORDS = 'If passing a password, the user must also be set in order to set up the basic-auth';
