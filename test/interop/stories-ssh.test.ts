import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { few } from './story.ts';

playAll(coreStories, { on: ['ssh'], casts: few });
