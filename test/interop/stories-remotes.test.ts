import { oddStories } from './odd-stories.ts';
import { legacyStories, pipelineStories } from './pipeline-stories.ts';
import { playAll } from './play-all.ts';
import { dailyStories } from './stories.ts';
import { few } from './story.ts';

playAll([...dailyStories, ...oddStories, ...pipelineStories, ...legacyStories].filter(({ isCore }) => isCore === true), { on: ['minio', 'ssh', 'http'], casts: few });
