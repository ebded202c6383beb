/** How much something that is said matters. */
export type Level = 'error' | 'warning' | 'notice' | 'info';
