//! Makes of the list of services everything that there is once for each.

/// Defines [`Provider`](crate::Provider), the settings and the state of the services. Whatever else depends on the
/// provider is a `match` without a wildcard, or in the trait `Service`, so that the compiler asks for it.
macro_rules! services {
    ($($(#[$documentation:meta])* $provider:ident: $module:ident::$service:ident,)+) => {
        /// A provider whose service the sandbox simulates.
        ///
        /// A new one is a new variant. A `match` without a wildcard does not compile until it knows what to do with it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Provider {
            $($(#[$documentation])* $provider,)+
        }

        impl Provider {
            /// All, in the order in which `--port-base` assigns ports.
            pub const ALL: [Self; [$(Self::$provider),+].len()] = [$(Self::$provider),+];

            /// The name in files and features: `smscx`, `deutsche-bank`, …
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self {
                    $(Self::$provider => <$module::$service as Service>::SLUG,)+
                }
            }

            /// The base path of the real API.
            #[must_use]
            pub const fn base_path(self) -> &'static str {
                match self {
                    $(Self::$provider => <$module::$service as Service>::BASE_PATH,)+
                }
            }

            /// The path of the token endpoint, if the service has one.
            #[must_use]
            pub const fn token_path(self) -> Option<&'static str> {
                match self {
                    $(Self::$provider => <$module::$service as Service>::TOKEN_PATH,)+
                }
            }

            pub(crate) const fn authentication(self) -> &'static [Authentication] {
                match self {
                    $(Self::$provider => <$module::$service as Service>::AUTHENTICATION,)+
                }
            }

            pub(crate) const fn settings(self) -> &'static [(&'static str, Setting)] {
                match self {
                    $(Self::$provider => <$module::$service as Service>::CONFIGURATION,)+
                }
            }

            pub(crate) const fn routes(self) -> &'static [Route] {
                match self {
                    $(Self::$provider => <$module::$service as Service>::ROUTES,)+
                }
            }
        }

        /// The settings of each service, in a field that is called as its module. A service that has settings adds a
        /// method to [`Builder`](crate::Builder) that sets the field.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Settings {
            $(pub(crate) $module: <$module::$service as Service>::Settings,)+
        }

        /// The state of the services.
        #[derive(Debug)]
        pub(crate) struct Services {
            $($module: Mutex<$module::$service>,)+
        }

        impl Services {
            pub(crate) fn new(seed: u64, settings: &Settings) -> Self {
                Self { $($module: Mutex::new(Service::new(seed, &settings.$module)),)+ }
            }

            pub(crate) fn respond(
                &self,
                provider: Provider,
                target: &Target,
                request: &Request,
                context: &mut Context<'_>,
            ) -> Response {
                match provider {
                    $(Provider::$provider => lock(&self.$module).respond(target, request, context),)+
                }
            }

            pub(crate) fn reseed(&self, seed: u64) {
                $(lock(&self.$module).reseed(seed);)+
            }

            /// Forgets everything and begins again with this seed.
            pub(crate) fn reset(&self, seed: u64, settings: &Settings) {
                $(*lock(&self.$module) = Service::new(seed, &settings.$module);)+
            }

            /// What became of the code in this message. `None` if no challenge belongs to it.
            pub(crate) fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
                match message.provider {
                    $(Provider::$provider => lock(&self.$module).code_state(message, now),)+
                }
            }
        }
    };
}

pub(super) use services;
