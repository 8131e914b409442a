import { keyName } from '../../../../adapters/connectors/definition/schema-parts.ts'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { ScaffoldAuth } from '../scaffold.ts'
import { scaffoldAuth } from '../scaffold-auth.ts'
import type { OpenapiFile } from './openapi-file.ts'

/** How a description says that callers prove themselves: its first scheme that can be. Else bearer. */
export function openapiAuth(file: OpenapiFile, integration: string, baseUrl: string): ScaffoldAuth {
  const schemes = file.securitySchemes()
  for (const scheme of schemes) {
    const auth = authOf(scheme, integration, baseUrl)
    if (auth !== null) return auth
  }
  return scaffoldAuth(schemes.length === 0 ? 'none' : 'bearer', integration, baseUrl)
}

function authOf(scheme: JsonObject, integration: string, baseUrl: string): ScaffoldAuth | null {
  const { type, scheme: http, in: place, name, flows } = scheme
  if (type === 'http' && (http === 'bearer' || http === 'basic'))
    return scaffoldAuth(http, integration, baseUrl)
  if (type === 'apiKey' && (place === 'header' || place === 'query') && typeof name === 'string') {
    if (place === 'header' && name.toLowerCase() === 'authorization')
      return scaffoldAuth('bearer', integration, baseUrl)
    return keyName.safeParse(name).success
      ? scaffoldAuth('api_key', integration, baseUrl, { in: place, name })
      : null
  }
  const flow = isJsonObject(flows) ? flows['clientCredentials'] : undefined
  const url = isJsonObject(flow) ? flow['tokenUrl'] : undefined
  if (type !== 'oauth2' || !isJsonObject(flow) || typeof url !== 'string') return null
  const tokenUrl = URL.parse(url, baseUrl)
  if (tokenUrl?.protocol !== 'https:') return null
  const scopes = isJsonObject(flow['scopes']) ? Object.keys(flow['scopes']) : []
  return scaffoldAuth('oauth2', integration, baseUrl, {
    tokenUrl: tokenUrl.href,
    scopes: scopes.slice(0, 100),
  })
}
