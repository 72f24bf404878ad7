/** How long this process has worked so far, in ms: on a busy machine work takes longer, and is no more. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
