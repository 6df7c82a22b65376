/** A plan of virtual or physical machines, what is used of it. */
export interface VultrOffer {
  readonly id: string;
  /** US dollars. */
  readonly monthly_cost: number;
  /** The regions where it is in stock. */
  readonly locations: readonly string[];
}

/** What Vultr sells, and where, by its own public lists. */
export interface VultrLists {
  readonly regions: readonly { readonly id: string }[];
  /** Of virtual machines. */
  readonly plans: readonly VultrOffer[];
  /** Of physical machines. */
  readonly metalPlans: readonly VultrOffer[];
  readonly systems: readonly { readonly id: number; readonly name: string }[];
}
