mod hesk;
