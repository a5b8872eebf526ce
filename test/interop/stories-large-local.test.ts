import { largeStories } from './large-stories.ts';
import { playAll } from './play-all.ts';
import { crossed } from './story.ts';

playAll(largeStories, { on: ['local'], casts: crossed });
