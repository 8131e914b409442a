/** What the streams of a tenant are sharded by, beside the tenant: one daemon looks after all of them. */
export const shardKeyOfStreams = 'reconcile'
