/** Where the two differ on purpose. */
export interface Difference {
  readonly states: RegExp;
  /** What is asked there. */
  readonly asks: RegExp;
  /** Our exit code, and DVC's. */
  readonly code?: readonly [ours: number, theirs: number];
  /** On stdout. */
  readonly out?: Lines;
  /** In the files, and in what Git sees of them. */
  readonly files?: Lines;
  readonly reason: string;
}
/** What every line has to be that only one of the two has, as `differing` gives them. Without it there may be none. */
export interface Lines { readonly ours?: RegExp; readonly theirs?: RegExp }
export type Part = 'code' | 'out' | 'files';

const ANY = /./;
/** Objects and folders of a cache, and what Git sees where there was none before. */
const LISTING = /^\w+\/\.dvc\/cache\/(files\/(md5\/([\da-f]{2}\/([\da-f]{30}\.dir)?)?)?)?: (\d \d+ bytes \w+)?$|^git: !! /;
const UP_TO_DATE = /^Everything is up to date\.$/;

/** The first row that fits explains a difference; a row that explains none is taken away. */
export const differences: readonly Difference[] = [
  // What is said.
  { states: ANY, asks: /^init/, out: { ours: /^- (Say where the data goes|See it all done|Track data): /, theirs: /^- (Check out the documentation|Get help and share ideas|Star us on GitHub): / }, reason: 'what comes next is said in our own words' },
  { states: /unknown key/, asks: /^config -l/, out: { ours: /^remote\.store\.nonsense=\*\*\*$/, theirs: /^remote\.store\.nonsense=1$/ }, reason: 'a key of a remote that nobody knows may be a secret, and is shown as stars' },
  { states: /an object is missing on the remote, seen|listing is missing on the remote, seen|nowhere|pushed by nobody/, asks: /^status -c/, code: [1, 0], reason: 'files that are on neither side are an error: DVC says 0' },
  { states: /not committed|Git but not|cache is empty|but a clone|a part|already|in the way|spoilt object on|never pushed|without Git that has|worktree|of DVC 2/, asks: /^status -c/, out: { ours: /^(data\/(twin|a): (new|deleted)|note\.txt: new|\t(new|deleted): {12,}data\/(twin|a))$/ }, reason: 'every file is named, also where two are of the same content' },
  { states: /pinned to a remote/, asks: /^status -c/, out: { ours: /^foo: new$/ }, reason: 'an output is compared with the remote it is pinned to' },
  { states: /object is missing on the remote|spoilt object in/, asks: /^status -c/, out: { ours: /^(data\/b: (new|missing)|data\/twin: deleted|\tnew: +data\/b)$/, theirs: /^(data\/b: deleted|Cache and remote 'store' are in sync\.)$/ }, reason: 'every file is looked for: DVC takes the listing on the remote, and a damaged object in the cache, for proofs' },
  { states: /listing is missing on the remote, seen|pushed by nobody/, asks: /^status -c/, out: { ours: /^(data: missing|\tmissing: +data)$/ }, reason: 'a directory whose listing is on neither side is named' },
  { states: /listing is missing in|cache is empty|clone|already|in the way|spoilt object on|worktree/, asks: /^status -c/, files: { theirs: LISTING }, reason: 'a listing is read on the remote without leaving it in the cache' },
  { states: /cache is empty|but a clone/, asks: /^diff$/, out: { ours: /^( {4}data\/(a|b|sub\/c|sub\/deep\/d|twin)|files summary: (6 deleted, )?6 not in cache)$/, theirs: /^files summary: (1 deleted, )?1 not in cache$/ }, reason: 'a listing that the cache lacks is read from the remote, so that the files of a directory are named' },
  { states: /has not run$|two stages|imports without their data/, asks: /^diff --json$/, out: { theirs: /^(added|modified|not in cache|renamed): \[\]$|^deleted: / }, reason: 'what was never recorded is not gone' },
  { states: /has not run, with/, asks: /^diff --json$/, out: { ours: /^added: \[\{"path":"model"\},\{"path":"report"\}\]$|^modified: \[\]$/, theirs: /^modified: \[\{"path":"model"\},\{"path":"report"\}\]$|^added: \[\]$/ }, reason: 'what is there and was never recorded is new' },
  { states: /imports, seen by a clone|addresses without their data/, asks: /^diff --json$/, out: { ours: /^deleted: /, theirs: /^deleted: / }, reason: 'the files of an imported directory are not looked for at its source only to be named' },
  { states: /became/, asks: /^list/, out: { ours: /^\{"isdir":(true|false),"isexec":false,"isout":true,/, theirs: /"path":"data","size":5\}$/ }, reason: 'what is tracked is listed, whatever lies in its place' },
  { states: /may be executed/, asks: /^(checkout|pull)/, out: { ours: UP_TO_DATE, theirs: /^(M {7}bin\/|1 file modified)$/ }, reason: 'a listing keeps no permissions: DVC reports a change each time, and makes none' },
  // What is left alone.
  { states: ANY, asks: /^(made|remote (add|rename|remove))/, files: { ours: /^alice\/\.dvc\/config: 0 $/, theirs: /^alice\/\.dvc\/config(\.local)?: 0 \n$|^git: / }, reason: 'no empty config.local is made, and a config without settings is an empty file' },
  { states: /empty directory/, asks: /^(checkout|pull)/, out: { ours: UP_TO_DATE, theirs: /^(M {7}nest\/|1 file deleted)$/ }, files: { theirs: /^alice\/nest\/void\/: gone$/ }, reason: 'an empty folder in a directory is no change: DVC deletes it' },
  { states: /notes in a file/, asks: /^move/, files: { ours: /^alice\/bar\.dvc: 0 # mine\n/, theirs: /^alice\/bar\.dvc: 0 desc: all\n|^alice\/\.dvc\/cache\/files\/md5\/c1\/(57a79031e1c40f85931829bc5fc552)?: / }, reason: 'the file keeps its comments, and changed data is moved as it is: DVC drops the comments and puts the change into the cache, unrecorded' },
  { states: /changed|folder below|by themselves/, asks: /^move/, files: { theirs: /^alice\/\.dvc\/cache\/files\/md5\/[\da-f]{2}\/([\da-f]{30}(\.dir)?)?: / }, reason: 'changed data is moved as it is: DVC puts the change into the cache, unrecorded' },
  { states: /several outputs/, asks: /^move/, files: { ours: /^alice\/three\.dvc: [^]*path: three\n- md5: \w+\n {2}size: 1\n {2}hash: md5\n {2}path: two\n$/, theirs: /^alice\/three\.dvc: [^]*path: three\n$/ }, reason: 'the other outputs stay tracked: DVC forgets them' },
  { states: /empty dvc file/, asks: /^commit/, files: { theirs: /^alice\/bad\.dvc: 0 \{\}\n$/ }, reason: 'a file that says nothing is not written to' },
  { states: /no longer tracked/, asks: /^(checkout|pull)/, out: { ours: UP_TO_DATE, theirs: /^(D {7}foo|1 file deleted)$/ }, files: { theirs: /^alice\/foo: gone$|^git: / }, reason: "data that 'remove' left in the workspace stays there: DVC deletes it at the next checkout, while it is the very file that DVC put there" },
  { states: /no longer tracked|branches/, asks: /^gc .*-c/, out: { ours: /^No unused cache to remove from remote\.$/, theirs: /^Removed [12] objects from remote\.$/ }, reason: 'what was just pushed stays on the remote for a day (`--grace`, `gc.grace`)' },
  { states: /no longer tracked|branches/, asks: /^gc .*-c/, files: { theirs: new RegExp(`^store/files/md5/[\\da-f]{2}/([\\da-f]{30}(\\.dir)?)?: gone$|${LISTING.source}`) }, reason: 'what was just pushed stays on the remote for a day, and a listing that is read there is not left in the cache' },
  { states: /listing is missing on the remote, seen|pushed by nobody/, asks: /^gc -w/, code: [255, 0], out: { theirs: /^No unused '(legacy|repo)' cache to remove\.$/ }, reason: 'where a listing is nowhere, nobody knows what it needs, and nothing is deleted: DVC deletes the files of the directory' },
  { states: /^imports( whose source has changed)?$/, asks: /^gc -w/, out: { ours: /^No unused 'repo' cache to remove\.$/, theirs: /^Removed 5 objects from repo cache\.$/ }, files: { theirs: /^alice\/\.dvc\/cache\/.*: gone$|^git: / }, reason: 'what was imported from another repository is in use: DVC takes it out of the cache' },
  { states: /spoilt listing/, asks: /^(gc -w|status -c)/, code: [0, 255], out: { ours: /^(data: new|No unused '(legacy|repo)' cache to remove\.)$/ }, files: { theirs: /^alice\/\.dvc\/cache\/files\/md5\/da\/(\w+\.dir)?: gone$/ }, reason: 'a damaged listing is read on the remote' },
  { states: /spoilt object in/, asks: /^status -c/, files: { theirs: /^alice\/\.dvc\/cache\/files\/md5\/c1\/(\w+)?: gone$/ }, reason: 'looking deletes nothing' },
  { states: ANY, asks: /^gc -[wA] -f/, files: { theirs: LISTING }, reason: 'a listing is read on the remote without leaving it in the cache' },
  { states: /odd names/, asks: /^remove/, files: { ours: /^alice\/\.gitignore: |^git: {2}M \.gitignore$|^git: \?\? #x$/, theirs: /^git: !! #x$/ }, reason: "the rule in '.gitignore' goes, too: DVC does not find it where it had to be escaped" },
  { states: /not cached/, asks: /^remove/, files: { ours: /^alice\/\.gitignore: \n\/bar\n0$|^git: {2}M \.gitignore$|^git: \?\? foo$/, theirs: /^git: !! foo$/ }, reason: "the rule in '.gitignore' goes with its file, also where the output is not cached" },
  { states: /thawed|addresses that have changed/, asks: /^commit -f/, files: { theirs: /^alice\/(one|dir)\.dvc: |^git: / }, reason: 'only what is here is recorded: DVC notes the new source beside the old data, and takes them for each other from then on' },
  { states: /imports/, asks: /^update --(no-download|to-remote)/, files: { ours: /^alice\/(one|dir|data)\.dvc: 0 md5: \w+\nfrozen: true\n/, theirs: /^alice\/(one|dir|data)\.dvc: 0 md5: \w+\nfrozen: true\n/ }, reason: "the md5 of the '.dvc' file is that of its text: DVC leaves the one before, and its own status then says 'changed checksum'" },
  { states: /changed here/, asks: /^update/, code: [1, 0], out: { theirs: /^Importing '<top>\/source\/one' -> 'one'$/ }, files: { theirs: /^alice\/one: 0 2 bytes / }, reason: 'data that was changed here and is saved nowhere is not replaced without `--force`' },
  { states: /^linked files|must be quoted/, asks: /^commit -f/, files: { theirs: /^alice\/(\.dvc\/cache\/files\/md5\/[\da-f]{2}\/[\da-f]{30}|data\/(b|sub\/c|sub\/deep\/d|twin)|foo): 0 hardlink \d bytes \w+$/ }, reason: 'files that have not changed stay what they are (`checkout --relink` links them anew)' },
  { states: /go to Git by themselves/, asks: /^(remove|freeze)/, files: { ours: /^git: M {2}(\.gitignore|foo\.dvc)$/, theirs: /^git: {2}M (\.gitignore|foo\.dvc)$/ }, reason: 'every file that a command changes goes to Git: DVC leaves out these' },
  { states: /^imports( whose source has changed|, seen by a clone)?$/, asks: /^pull/, files: { theirs: /^\w+\/\.dvc\/cache\/files\/md5\/db\/(bad6a94f09bc684e9ca33271a1e542\.dir)?: / }, reason: "the listing that the other repository has of an imported directory does not come into the cache beside the import's own" },
  { states: /imports without their data/, asks: /^pull/, code: [0, 1], files: { ours: /^alice\/\.dvc\/cache\/files\//, theirs: /^alice\/\.dvc\/cache\/fs\// }, reason: "what was imported without its data comes by 'pull', into the cache like all else: DVC keeps copies in 'cache/fs', and fails for what it cannot place" },
  { states: /addresses without their data/, asks: /^pull/, out: { ours: /^2 files fetched and 2 files added$/, theirs: /^1 file fetched and 1 file added$/ }, files: { ours: /^alice\/\.dvc\/cache\/files\/|^alice\/dir\/x: |^git: !! dir\/$/, theirs: /^alice\/\.dvc\/cache\/fs\// }, reason: "what was imported without its data comes by 'pull', into the cache like all else: DVC keeps copies in 'cache/fs', and does not bring the files of a directory" },
  { states: /without their data/, asks: /^fetch/, out: { ours: UP_TO_DATE, theirs: /^2 files fetched$/ }, files: { theirs: /^alice\/\.dvc\/cache\/(fs\/.*)?: |^git: !! / }, reason: "what was imported without its data comes by 'pull', into the cache like all else: DVC keeps copies in 'cache/fs'" },
  // What nobody has made yet.
  { states: /has not run|new output|two stages|without their data/, asks: /^checkout/, code: [0, 255], reason: 'where nothing was recorded there is nothing to check out, and that is no failure' },
  { states: /has not run|new output|two stages/, asks: /^pull/, code: [0, 1], out: { ours: UP_TO_DATE }, reason: 'where nothing was recorded there is nothing to check out, and that is no failure' },
  { states: /imports, seen by a clone/, asks: /^list/, out: { ours: /^\{"isdir":false,"isexec":false,"isout":true,"md5":"\w{32}","path":"data\/(a|sub\/b)",/, theirs: /^\{"isdir":false,"isexec":false,"isout":true,"md5":null,"path":"data\/(a|sub\/b)","size":null\}$/ }, reason: 'the hashes of an imported directory are read where it comes from' },
  { states: /has not run$|two stages/, asks: /^list/, out: { ours: /"md5":null,"path":"(model|report|o)","size":null\}$/, theirs: /"md5":null,"path":"(model|report|o)","size":0\}$/ }, reason: 'what was never recorded has no size' },
  { states: /without their data/, asks: /^list/, out: { ours: /"md5":null,"path":"(data|dir|one)","size":null\}$/, theirs: /"path":"(data\/a|data\/sub\/b|dir\/x|one)","size":(null|2)\}$/ }, reason: 'an import without its data is one entry: what its source has now is not looked for only to be named' },
  // Pipelines are DVC's.
  { states: /stages for each/, asks: /^remove/, files: { theirs: /^alice\/\.gitignore: \n\/out-eu\n0$|^git: / }, reason: 'a command that fails changes nothing: DVC takes the rule out of `.gitignore` before it finds out that it cannot remove a stage of a template' },
  // What is asked of whom.
  { states: /branches|shallow/, asks: /^(push -[aA]|made)/, out: { ours: /^4 files pushed$/, theirs: /^(10|3) files pushed$/ }, files: { ours: /^store\/files\/md5\/fb\/(dde52249ad87bd6897d6bdcc7758d6)?: / }, reason: 'the data of all branches is sent: DVC 3.67 leaves out a file where another branch has other content at the same path, and says that all is done' },
  { states: ANY, asks: /^(import|import-url) .*absent/, out: { theirs: /^Importing '/ }, reason: 'what is not there is not announced as imported' },
  { states: /without Git$/, asks: /^gc -a/, code: [255, 0], out: { theirs: /^No unused '(legacy|repo)' cache to remove\.$/ }, reason: 'without Git there are no branches, which is an error' },
  { states: /without Git$/, asks: /^push -a/, code: [1, 0], out: { theirs: UP_TO_DATE }, reason: 'without Git there are no branches, which is an error' },
  { states: /no repository/, asks: /^list \.$/, code: [1, 0], out: { theirs: /^foo$/ }, reason: 'a folder that is no repository is not listed as one (`list-url` does)' },
  { states: /no repository/, asks: /^remote add/, out: { theirs: /^Setting 'x' as a default remote\.$/ }, reason: 'what fails is not announced' },
  { states: /folder below/, asks: /^list \./, out: { theirs: /"path":"\.\.\// }, reason: "'.' is the folder one stands in: DVC lists the whole repository" },
  { states: /folder below/, asks: /^get \.\./, code: [0, 255], files: { ours: /^alice\/sub\/out: 0 4 bytes b5bb9d8014a0f9b1$|^git: / }, reason: 'a relative address works from everywhere: DVC fails' },
  { states: /several files/, asks: /^remote list --local/, code: [0, 255], out: { ours: /^store/ }, reason: 'a level is shown though it does not stand for itself: DVC refuses a remote whose address stands in another' },
  { states: /^a changed file/, asks: /^get/, files: { ours: /^alice\/out: 0 4 bytes b5bb9d8014a0f9b1$/, theirs: /^alice\/out: 0 8 bytes / }, reason: 'what is got is what is tracked, not what lies in its place' },
  { states: ANY, asks: /^update foo\.dvc/, code: [1, 0], reason: 'nothing was updated: DVC warns and says 0' },
  { states: /changed directory/, asks: /^add/, files: { ours: /^alice\/data\.dvc: [^]*\.dir\n {2}size: (23|19)\n {2}nfiles: /, theirs: /^alice\/data\.dvc: [^]*\.dir\n {2}nfiles: / }, reason: 'the size of the directory is recorded, too' },
  { states: /whose remote is not there/, asks: /^(data status|checkout)/, code: [0, 251], out: { ours: /^unchanged: / }, reason: 'no remote is needed, so a default that is not there is no error' },
  { states: /whose remote is not there/, asks: /^(diff|pull)/, code: [0, 1], out: { ours: UP_TO_DATE }, reason: 'no remote is needed, so a default that is not there is no error' },
  { states: /whose remote is not there/, asks: /^list/, code: [1, 255], reason: 'a list that fails says 1, whatever the reason' },
  { states: /no YAML/, asks: /^status foo\.dvc/, code: [1, 255], reason: 'a status that fails says 1, with and without targets' },
  // Damage.
  { states: /spoilt .* in the cache/, asks: /^(status|pull)$/, out: { ours: /^(Data and pipelines|Everything) (are|is) up to date\.$/, theirs: /^(\t\tnot in cache: +data|\tchanged outs:|data\.dvc:|1 file fetched)$/ }, files: { theirs: /^alice\/\.dvc\/cache\/files\/md5\/(c1\/|c1\/93497a1a06b2c72230e6146ff47080|da\/245fd34bd27e44124c7c273fe2fa25\.dir): (gone|0 (4|321) bytes \w+)$/ }, reason: 'looking deletes nothing: an object that was written to is found when it is needed (`tow cache verify` finds it before)' },
  { states: /spoilt listing in the cache/, asks: /^commit/, files: { theirs: /^alice\/\.dvc\/cache\/files\/md5\/da\/245fd34bd27e44124c7c273fe2fa25\.dir: 0 321 bytes \w+$/ }, reason: 'a listing that was written to is found when it is needed (`tow cache verify` finds it before)' },
  { states: /spoilt .* in the cache/, asks: /^push/, code: [1, 0], out: { theirs: UP_TO_DATE }, reason: 'a damaged object is an error of push: DVC takes the listing on the remote for the proof that all is there' },
  { states: /spoilt object in the cache/, asks: /^checkout --relink/, code: [255, 0], out: { theirs: /^Relinked successfully$/ }, files: { ours: /^alice\/\.dvc\/cache\/files\/md5\/c1\/(\w+)?: gone$/, theirs: /^alice\/data\/b: 0 6 bytes \w+$/ }, reason: 'a damaged object is never placed: DVC puts it over the good file' },
  { states: /spoilt object on the remote/, asks: /^pull/, code: [1, 0], out: { ours: /^(4|5) files fetched and (4|5) files added$/, theirs: /^(5|6) files fetched and (5|6) files added$/ }, files: { theirs: /^bob\/(\.dvc\/cache\/files\/md5\/c1\/(\w+)?|data\/b): (0 6 bytes 8d2430f944e87cdd)?$/ }, reason: 'what arrives is hashed, and damage goes no further' },
  { states: /^an object is missing on the remote$/, asks: /^push/, out: { ours: /^1 file pushed$/, theirs: UP_TO_DATE }, files: { ours: /^store\/files\/md5\/c1\/(93497a1a06b2c72230e6146ff47080)?: (0 4 bytes \w+)?$/ }, reason: 'a listing on the remote proves nothing: every file is looked for' },
  { states: /^an object is missing on the remote$/, asks: /^data status/, out: { ours: /^not_in_remote: \["data\/"\]$/ }, reason: 'a listing on the remote proves nothing: every file is looked for' },
  { states: /missing on the remote, seen|nowhere|pushed by nobody/, asks: /^push/, code: [1, 0], out: { theirs: UP_TO_DATE }, reason: 'what is on neither side cannot be pushed, which is an error' },
  { states: /object is missing on the remote, seen/, asks: /^pull --allow-missing/, code: [0, 1], out: { ours: /^(A {7}(data\/|foo)|5 files fetched and 5 files added)$/ }, files: { ours: /^bob\/(\.dvc\/cache\/files\/md5\/da\/|data\/)|^bob\/foo: |^git: !! (data\/|foo)$/, theirs: /^git: !! / }, reason: 'what is missing is allowed to be, also in a directory' },
  { states: /object is missing on the remote, seen/, asks: /^(pull|fetch)/, out: { ours: /^(A {7}(data\/|foo)|5 files fetched and 5 files added|1 file fetched)$/ }, files: { ours: new RegExp(`^bob/(\\.dvc/cache/files/md5/da/|data/)|^bob/foo: |^git: !! (data/|foo)$|${LISTING.source}`), theirs: /^git: !! / }, reason: 'what is there arrives, and the missing files are named' },
  { states: /pushed by nobody|nowhere/, asks: /^(pull|fetch)/, out: { theirs: UP_TO_DATE }, reason: 'where something is missing, nobody says that all is up to date' },
  { states: /fetched a part/, asks: /^checkout/, out: { ours: /^A {7}data\/$/ }, files: { ours: /^bob\/data\/|^git: !! / }, reason: 'what is there is placed, and what is missing is named' },
  { states: /pulled a part|in the way|already/, asks: /^checkout/, files: { theirs: /^bob\/(data\/.*|foo): gone$|^git: !! / }, reason: 'a checkout that fails deletes nothing: DVC deletes the whole directory, unsaved files too' },
  { states: /never pushed/, asks: /^push data\/sub/, out: { ours: /^2 files pushed$/, theirs: /^3 files pushed$/ }, files: { theirs: /^store\/files\/md5\/da\/(245fd34bd27e44124c7c273fe2fa25\.dir)?: / }, reason: 'the listing of a directory that is pushed in part waits until all its files are there' },
];
