import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { crossed } from './story.ts';

/** Those in which files, directories and both layouts of objects cross; what else is core hangs on no server. */
const NAMES = ['an empty file and an empty directory', 'a directory changes and is added again', 'odd names inside a directory', 'a repository of DVC 2 is pushed and pulled'];

playAll(coreStories.filter(({ name }) => NAMES.includes(name)), { on: ['webdav'], casts: crossed });
