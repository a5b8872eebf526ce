import { coreStories } from './core-stories.ts';
import { playAll } from './play-all.ts';
import { few } from './story.ts';

playAll(coreStories, { on: ['minio'], casts: few });
