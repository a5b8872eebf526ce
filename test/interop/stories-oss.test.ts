import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { crossed } from './story.ts';

/** Those that differ most in what lies on the remote: all nine would take two minutes of a busy machine. */
const names = ['a directory changes and is added again', 'odd names inside a directory', 'a repository of DVC 2 is pushed and pulled'];
const stories = coreStories.filter(({ name }) => names.includes(name));
if (stories.length !== names.length) throw new Error('a story has another name now');

playAll(stories, { on: ['oss'], casts: crossed });
