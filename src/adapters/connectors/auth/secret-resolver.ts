/** Opens a tenant's secrets. */
export interface SecretResolver {
  /** null when there is none of that name. Throws what the store throws. */
  resolve(tenantId: string, name: string): Promise<string | null>
}
