import { choice, type Details, file, flag, integer, list, lower, type Option, type OptionTable, rate, secret, seconds, text } from '../storage/options.ts';

const obsolete: Details = { deprecated: 'it has no effect any more' };
const old = (): Option<string | undefined> => text('obsolete', obsolete);
/** DVC lowers the case before it compares. */
const word = <const C extends readonly string[]>(choices: C, help: string): Option<C[number] | undefined> => {
  const exact = choice(choices, help);
  return { ...exact, parse: (value) => exact.parse(value.toLowerCase()) };
};

/** The ways files are linked from the cache into the workspace. */
export const linkTypes = list(['reflink', 'hardlink', 'symlink', 'copy'], 'ways to link files, in the order tried', { refusal: 'Unsupported cache type(s)' });

/** What `tow gc` is told by a config. */
export const gcOptions = { grace: seconds('on a remote, what is younger than this is not removed', { initial: 86_400, owner: 'towline' }) } as const;

/** Every plain section of a config file and its options, as DVC's schema has them. */
export const sectionTables: Readonly<Record<string, OptionTable>> = {
  core: {
    remote: lower('the default remote'),
    checksum_jobs: integer('files hashed at once', { minimum: 1 }),
    interactive: flag('ask instead of failing', { initial: false }),
    analytics: flag('send usage statistics (DVC; Towline sends none)', { initial: true }),
    hardlink_lock: flag('lock by hard links instead of flock', { initial: false }),
    no_scm: flag('there is no Git repository', { initial: false }),
    autostage: flag('git add what was changed', { initial: false }),
    experiments: flag('obsolete', { initial: false, ...obsolete }),
    check_update: flag('look for a newer version (DVC)', { initial: true }),
    site_cache_dir: text('folder of caches shared by the users of this machine'),
    machine: lower('the default machine'),
    limit_rate: rate('bytes a second of all remotes that have no limit of their own, sent and received together or UP:DOWN', { owner: 'towline' }),
    trust: flag('run programs that a committed config names, such as bearer_token_command; counts at your own level only', { initial: false, owner: 'towline' }),
  },
  cache: {
    dir: file('folder of the cache'),
    type: linkTypes,
    protected: flag('obsolete', { initial: false, deprecated: 'linked files are always read-only' }),
    shared: word(['group'], 'let the group write'),
    slow_link_warning: flag('warn when links are slow', { initial: true }),
    verify: flag('hash again what the cache holds', { initial: false }),
    local: old(), s3: old(), gs: old(), hdfs: old(), webhdfs: old(), ssh: old(), azure: old(),
  },
  state: { dir: old(), row_limit: integer('obsolete', { minimum: 1, ...obsolete }), row_cleanup_quota: integer('obsolete', { minimum: 0, maximum: 100, ...obsolete }) },
  gc: gcOptions,
  index: { dir: old() },
  feature: { machine: flag('the machine commands of DVC', { initial: false }) },
  plots: { html_template: text('template of the page'), auto_open: flag('open the page', { initial: false }), out_dir: text('folder of the page') },
  exp: {
    code: old(), data: old(), models: old(), metrics: old(), params: old(), plots: old(), live: old(),
    auto_push: flag('push experiments as they end', { initial: false }), git_remote: text('Git remote of experiments'),
  },
  parsing: { bool: word(['store_true', 'boolean_optional'], 'how a boolean becomes arguments'), list: word(['nargs', 'append'], 'how a list becomes arguments') },
  hydra: {
    enabled: flag('compose the config by Hydra', { initial: false }), config_dir: text('folder of the config', { excludes: [{ option: 'config_module', words: 'two or more values in the same group of exclusion \'config_source\' @ data[\'hydra\'][<config_source>]' }] }),
    config_module: text('module of the config'), config_name: text('name of the config'), plugins_path: text('folder of plugins'),
  },
  studio: { token: secret('access token'), url: text('address of the service'), repo_url: text('Git address of the repository'), offline: flag('send nothing', { initial: false }) },
};

/** The options of `['machine "name"']` and `['db "name"']`. */
export const namedTables: Readonly<Record<'machine' | 'db', OptionTable>> = {
  machine: {
    cloud: word(['aws', 'azure'], 'who runs it'), region: word(['us-west', 'us-east', 'eu-west', 'eu-north'], 'where'), image: text('image'),
    spot: flag('a spot instance', { initial: false }), spot_price: seconds('highest price', { initial: 0 }), instance_hdd_size: integer('disk in GB'), instance_type: lower('type'),
    instance_gpu: lower('GPU'), ssh_private: secret('private key'), startup_script: file('script to start with'), setup_script: file('script to set up with'),
  },
  db: { url: secret('address of the database'), username: text('user'), password: secret('password') },
};
