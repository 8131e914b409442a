/** The calls under way on this daemon, by tenant and by integration. */
export class InFlight {
  readonly #tenants = new Map<string, number>()
  readonly #integrations = new Map<string, number>()

  begin(tenantId: string, integration: string): void {
    change(this.#tenants, tenantId, 1)
    change(this.#integrations, `${tenantId}/${integration}`, 1)
  }

  end(tenantId: string, integration: string): void {
    change(this.#tenants, tenantId, -1)
    change(this.#integrations, `${tenantId}/${integration}`, -1)
  }

  ofTenant(tenantId: string): number {
    return this.#tenants.get(tenantId) ?? 0
  }

  ofIntegration(tenantId: string, integration: string): number {
    return this.#integrations.get(`${tenantId}/${integration}`) ?? 0
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
