import type { Tree } from '../hocon/syntax.ts';

/** What counts where no file says otherwise: the storage part of the defaults in the clearml package (2.1.12, config/default and backend_api/config/default). */
export const DEFAULTS: Tree = {
  api: { api_server: '', web_server: '', files_server: '', verify_certificate: true, credentials: { access_key: '', secret_key: '' } },
  sdk: {
    storage: {
      cache: { default_base_dir: '~/.clearml/cache', default_cache_manager_size: '100', disk_space_file_size_strategy: { enabled: false } },
      direct_access: [{ url: 'file://*' }],
      http: { legacy_fileservers: [] },
    },
    network: { file_upload_retries: '3' },
    aws: {
      s3: { region: '', key: '', secret: '', use_credentials_chain: false, extra_args: {}, credentials: [] },
      boto3: { max_multipart_concurrency: '16', multipart_threshold: '8388608', multipart_chunksize: '8388608' },
    },
    google: { storage: {} },
    azure: { storage: {} },
    apply_environment: false,
  },
};
