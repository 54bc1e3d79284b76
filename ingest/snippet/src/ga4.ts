// What GA4's events are called here (docs/snippet.md has the table). Values are copied before they come here.

import { empty, filled, isObject, type PlainObject } from "./plain.js";

export interface Named {
  event: string;
  properties: PlainObject;
  context: PlainObject | undefined;
}

/** Names of events. A star: one event an item; else the items are its products. */
export const EVENTS = table(
  "view_item:Product Viewed*,select_item:Product Clicked*,add_to_cart:Product Added*," +
    "remove_from_cart:Product Removed*,add_to_wishlist:Product Added to Wishlist*," +
    "view_item_list:Product List Viewed,view_cart:Cart Viewed,begin_checkout:Checkout Started," +
    "add_shipping_info:Checkout Step Completed,add_payment_info:Payment Info Entered,purchase:Order Completed," +
    "view_promotion:Promotion Viewed,select_promotion:Promotion Clicked,search:Products Searched," +
    "view_search_results:Products Searched,generate_lead:Lead Captured,sign_up:Signed Up,login:Signed In",
);

/** Names of parameters, those that do not only lose a part in front. */
const NAMES = table(
  "item_id:product_id,index:position,transaction_id:order_id,search_term:query,creative_name:creative," +
    "creative_slot:position,shipping_tier:shipping_method,payment_type:payment_method,form_name:form",
);
const LONGER = /^(item|promotion|lead)_(name|brand|category|variant|list_id|list_name|source)$/;

/** Where it happened; not a property. */
const PAGE = table("page_location:url,page_title:title,page_referrer:referrer");

/** Return our events for one of GA4's; with its own name where it is not a shop's. */
export function fromGa4(name: string, params: PlainObject): Named[] {
  const known = EVENTS[name];
  const [event = "", star] = known ? known.split("*") : [name];
  const page = empty();
  const said = empty();
  for (const key of Object.keys(params)) {
    const where = PAGE[key];
    if (where) page[where] = params[key];
    else if (key !== "send_to") said[known ? renamed(key) : key] = params[key];
  }
  const context = filled(page) && { page };
  const tell = (properties: PlainObject): Named => ({ event, properties, context });
  const { items, value, ...rest } = said;
  const whole = name === "purchase" ? { ...rest, revenue: value } : { ...rest, value };
  if (!known || !Array.isArray(items)) return [tell({ ...whole, items })];
  const products = items.filter(isObject).map(product);
  if (star === undefined) return [tell({ ...whole, products })];
  // the value of several is none of one
  return products[0] ? products.map((each) => tell({ ...(products[1] ? rest : whole), ...each })) : [tell(whole)];
}

/** An item as a product; without an id it is known by its name. */
function product(item: PlainObject): PlainObject {
  const result = empty();
  result["product_id"] = item["item_name"];
  for (const key of Object.keys(item)) result[renamed(key)] = item[key];
  return result;
}

function renamed(key: string): string {
  return NAMES[key] ?? key.replace(LONGER, "$2");
}

/** A table in which nothing is inherited: a page may have polluted `Object.prototype`, and names come from the page. */
function table(entries: string): Record<string, string | undefined> {
  const pairs = entries.split(",").map((entry) => entry.split(":"));
  return Object.assign(empty(), Object.fromEntries(pairs)) as Record<string, string | undefined>;
}
