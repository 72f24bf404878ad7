/** The names of the help topics; their texts are loaded only when one is asked for. */
export const HELP_TOPICS = ['environment', 'exit-codes', 'cold-or-warm', 'providers'] as const;

export type HelpTopic = (typeof HELP_TOPICS)[number];
