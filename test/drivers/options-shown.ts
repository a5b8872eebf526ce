/** What an option must be shown by: a test file, and the options that it shows effective by name. */
export type Shown = Readonly<Record<string, string>>;

const HERE = 'test/drivers/options-effective.test.ts';

/** Per driver: where each option of its own is shown to do what its line in the table says. */
export const shown: Readonly<Record<string, Shown>> = {
  azure: {
    'test/drivers/azure-login.test.ts': 'account_name tenant_id client_id client_secret allow_anonymous_login exclude_environment_credential exclude_managed_identity_credential endpointurl ssl_verify',
    'test/drivers/azure-versions.test.ts': 'connection_string',
    'test/drivers/azure-wire.test.ts': 'account_key sas_token timeout read_timeout connection_timeout endpoint_suffix',
    [HERE]: 'exclude_visual_studio_code_credential',
  },
  fileserver: { [HERE]: 'api_server access_key secret_key token ssl_verify connect_timeout read_timeout' },
  gdrive: {
    'test/drivers/gdrive-login.test.ts': 'gdrive_client_id gdrive_client_secret gdrive_user_credentials_file profile gdrive_use_service_account gdrive_service_account_json_file_path gdrive_service_account_user_email endpointurl',
    'test/drivers/gdrive-transfer.test.ts': 'gdrive_trash_only',
    'test/drivers/gdrive.test.ts': 'gdrive_acknowledge_abuse',
  },
  gs: { 'test/drivers/gs-login.test.ts': 'projectname credentialpath endpointurl allow_anonymous_login ssl_verify connect_timeout read_timeout' },
  hdfs: {
    'test/drivers/hdfs-kerberos.test.ts': 'kerb_ticket',
    'test/drivers/hdfs-options.test.ts': 'user replication config_dir connect_timeout read_timeout',
  },
  http: {
    'src/drivers/http/address.test.ts': 'user password query',
    'src/drivers/http/auth.test.ts': 'auth custom_auth_header ask_password',
    'src/drivers/http/driver.test.ts': 'method delete',
    'src/drivers/http/nginx.test.ts': 'ssl_verify cert_path key_path',
    [HERE]: 'connect_timeout read_timeout',
  },
  local: { 'src/drivers/local/driver.test.ts': 'type shared', [HERE]: 'fsync file_mode' },
  oci: { 'test/drivers/oci.test.ts': 'user password token plain_http ssl_verify cert_path key_path connect_timeout read_timeout small_max pack_size max_layers chunk_size jobs' },
  'oci-layout': { 'test/drivers/oci-layout.test.ts': 'small_max pack_size max_layers' },
  oss: {
    'test/drivers/oss-login.test.ts': 'oss_key_id oss_key_secret oss_endpoint oss_session_token oss_ram_role oss_metadata_endpoint allow_anonymous_login signature_version',
    'test/drivers/oss-options.test.ts': 'oss_region addressing_style conditional_writes listobjects part_size connect_timeout read_timeout ssl_verify',
  },
  s3: {
    'src/drivers/s3/aws-config.test.ts': 'addressing_style',
    'test/drivers/s3-wire.test.ts': 'region allow_anonymous_login endpointurl use_ssl ssl_verify read_timeout connect_timeout listobjects sse sse_kms_key_id sse_customer_key acl grant_read grant_read_acp grant_write_acp grant_full_control conditional_writes payload_signing_enabled',
    'test/drivers/s3.test.ts': 'profile configpath credentialpath access_key_id secret_access_key',
    [HERE]: 'session_token sse_customer_algorithm',
  },
  ssh: {
    'test/drivers/ssh-config.test.ts': 'user port timeout',
    'test/drivers/ssh-login.test.ts': 'password ask_password passphrase keyfile gss_auth allow_agent type host_key_checking known_hosts_file transport',
    'test/drivers/ssh.test.ts': 'max_sessions',
    'src/drivers/ssh/write.test.ts': 'fsync',
  },
  webdav: {
    'test/drivers/webdav.test.ts': 'user password token bearer_token_command cert_path key_path timeout ssl_verify auth',
    'src/drivers/webdav/auth.test.ts': 'ask_password custom_auth_header',
  },
  webhdfs: {
    'test/drivers/webhdfs-kerberos.test.ts': 'kerberos kerberos_principal',
    'test/drivers/webhdfs-wire.test.ts': 'user password token proxy_to use_https ssl_verify data_proxy_target connect_timeout read_timeout',
  },
};

/** What every remote has, whatever its driver: the layers and the repository read it. */
export const shownForAll: Shown = {
  'src/remotes/open.test.ts': 'jobs no_traverse',
  'test/interop/config.test.ts': 'checksum_jobs',
  'src/remotes/find-remote.test.ts': 'version_aware worktree',
};

/** What DVC has and what changes nothing here, with the reason; it is read and refused like the others. */
export const withoutEffect: Readonly<Record<string, string>> = {
  verify: 'every object is verified, whatever it says',
  slow_link_warning: 'it is about links into the work tree, which the cache makes',
  protected: 'linked files are always read-only',
  cache_regions: 'the region that the service names is always remembered',
  ask_passphrase: 'an encrypted key is asked for with or without it, as test/drivers/ssh-login.test.ts shows',
  exclude_shared_token_cache_credential: 'that cache cannot be read from Node.js',
};
