import type { Logger } from '../../kernel/logger.ts'
import { FakeReceipts } from './fake-receipts.ts'
import { FakedVendors } from './faked-vendors.ts'
import type { FakeUrls } from './faked-integration.ts'
import { writeFakes } from './fakes-file.ts'
import { startFakes } from './start-fakes.ts'

/** The fakes of one `neuronx dev`. */
export interface DevFakes {
  /** For the daemon. */
  readonly vendors: FakedVendors
  readonly urls: FakeUrls
  /** Begins with receipts, and tells the commands beside it. `publicUrl`: how vendors know the gateway. */
  announce(databaseUrl: string, gateway: string, publicUrl: string): Promise<void>
  /** No receipt more; calls are answered still. */
  quiet(): void
  stop(): Promise<void>
}

/** Starts them, with their receipts. Throws NX-FAKE-UNKNOWN. */
export async function startDevFakes(
  names: readonly string[],
  { dataDir, logger }: { readonly dataDir: string; readonly logger: Logger },
): Promise<DevFakes> {
  const receipts = new FakeReceipts({ dataDir, logger })
  const fakes = await startFakes(names, (...receipt) => receipts.take(...receipt))
  return {
    vendors: new FakedVendors(fakes.urls, (...known) => receipts.note(...known)),
    urls: fakes.urls,
    announce: async (databaseUrl, gateway, publicUrl) => {
      receipts.sendTo(gateway, publicUrl)
      await writeFakes(dataDir, databaseUrl, fakes.urls)
    },
    quiet: () => receipts.stop(),
    stop: async () => await fakes.stop(),
  }
}
