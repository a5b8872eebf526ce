import { historyStories, legacyStories, pipelineStories } from './pipeline-stories.ts';
import { playAll } from './play-all.ts';

playAll([...pipelineStories, ...historyStories, ...legacyStories], { on: ['local'] });
