import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { crossed } from './story.ts';

// DVC needs seconds for each command here, even of a fake: the stories that differ in what lies on the remote.
const played: readonly string[] = ['a directory in directories', 'an empty file and an empty directory', 'a directory changes and is added again', 'odd names inside a directory'];
playAll(coreStories.filter(({ name }) => played.includes(name)), { on: ['gdrive'], casts: crossed });
