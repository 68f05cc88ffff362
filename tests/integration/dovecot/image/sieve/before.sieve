# The second belt against doubles: the first is the house's ledger.
require ["duplicate"];

if duplicate :header "X-Machiya-Delivery" :seconds 604800 {
  discard;
  stop;
}
