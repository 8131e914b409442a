import type { JsonObject } from '../../../kernel/json.ts'
import type { EventMapping } from '../webhooks/webhook-definition.ts'
import { kinds } from './event-kinds.ts'

const product: JsonObject = {
  product_id: '{{ body._id }}',
  name: '{{ body.name }}',
  description: '{{ body.description }}',
  kind: '{{ body.productType }}',
}

const price: JsonObject = {
  price_id: '{{ body._id }}',
  product_id: '{{ body.product }}',
  name: '{{ body.name }}',
  currency: '{{ body.currency }}',
  amount: '{{ body.amount }}',
}

const association: JsonObject = {
  association_id: '{{ body.id }}',
  key: '{{ body.key }}',
  kind: '{{ body.associationType }}',
  first_object: '{{ body.firstObjectKey }}',
  second_object: '{{ body.secondObjectKey }}',
}

const relation: JsonObject = {
  relation_id: '{{ body.id }}',
  association_id: '{{ body.associationId }}',
  first_object: '{{ body.firstObjectKey }}',
  first_record: '{{ body.firstRecordId }}',
  second_object: '{{ body.secondObjectKey }}',
  second_record: '{{ body.secondRecordId }}',
}

const record: JsonObject = {
  record_id: '{{ body.id }}',
  owners: '{{ body.owners }}',
  followers: '{{ body.followers }}',
  properties: '{{ body.properties }}',
}

const objectSchema: JsonObject = {
  object_key: '{{ body.key }}',
  labels: '{{ body.labels }}',
  description: '{{ body.description }}',
  object_type: '{{ body.objectType }}',
}

const requested: JsonObject = {
  message_id: '{{ body.messageId }}',
  contact_id: '{{ body.contactId }}',
  channel: '{{ body.type | lower }}',
  text: '{{ body.message }}',
  html: '{{ body.html }}',
  subject: '{{ body.subject }}',
  to: '{{ body.phone ?? body.emailTo }}',
  from: '{{ body.emailFrom }}',
  attachments: '{{ body.attachments }}',
  user_id: '{{ body.userId }}',
}

/** GoHighLevel's products, custom objects and their relations, and messages that it wants a provider to send. */
export const gohighlevelObjectEvents: readonly EventMapping[] = [
  ...kinds(product, undefined, {
    ProductCreate: 'product.created',
    ProductUpdate: 'product.updated',
    ProductDelete: 'product.deleted',
    Product: 'product.changed',
  }),
  ...kinds(price, undefined, {
    PriceCreate: 'price.created',
    PriceUpdate: 'price.updated',
    PriceDelete: 'price.deleted',
    Price: 'price.changed',
  }),
  ...kinds(association, undefined, {
    AssociationCreate: 'association.created',
    AssociationUpdate: 'association.updated',
    AssociationDelete: 'association.deleted',
    Association: 'association.changed',
  }),
  ...kinds(relation, undefined, {
    RelationCreate: 'relation.created',
    RelationDelete: 'relation.deleted',
    Relation: 'relation.changed',
  }),
  ...kinds(record, undefined, {
    RecordCreate: 'record.created',
    RecordUpdate: 'record.updated',
    RecordDelete: 'record.deleted',
    Record: 'record.changed',
  }),
  ...kinds(objectSchema, undefined, {
    ObjectSchemaCreate: 'object_schema.created',
    ObjectSchemaUpdate: 'object_schema.updated',
    ObjectSchema: 'object_schema.changed',
  }),
  ...kinds(requested, '{{ body.contactId }}', { ProviderOutboundMessage: 'message.requested' }),
]
