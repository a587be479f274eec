//! Stands in for api.intercom.io in tests, rehearsals and the demo.
