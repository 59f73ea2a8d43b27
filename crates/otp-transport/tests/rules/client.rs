//! A client of the kind that is generated, with one operation.

use otp_transport::{
    ApiClient, BaseUrl, ClientBuilder, ClientHooks, ClientInfo, ConfigError, Credential, Destination, Error,
    IntoCredential, OperationInfo, ResponseValue, Session, reqwest,
};
use serde_json::Value;

pub(crate) struct Client {
    base_url: BaseUrl,
    http: reqwest::Client,
    session: Session,
}

/// Makes a credential once the destination is known.
type Make = dyn FnOnce(&Destination) -> Result<Credential, ConfigError>;

pub(crate) struct Late(Box<Make>);

impl Late {
    pub(crate) fn new(make: impl FnOnce(&Destination) -> Result<Credential, ConfigError> + 'static) -> Self {
        Self(Box::new(make))
    }
}

impl From<Credential> for Late {
    fn from(credential: Credential) -> Self {
        Self::new(|_| Ok(credential))
    }
}

impl IntoCredential for Late {
    fn into_credential(self, destination: &Destination) -> Result<Credential, ConfigError> {
        (self.0)(destination)
    }
}

impl ApiClient for Client {
    const BASE_URL: &'static str = "https://example.com";
    const USER_AGENT: &'static str = "example/1.0";
    type Credential = Late;

    fn from_session(base_url: BaseUrl, http: reqwest::Client, session: Session) -> Self {
        Self { base_url, http, session }
    }
}

impl ClientInfo<Session> for Client {
    fn api_version() -> &'static str {
        "1"
    }

    fn baseurl(&self) -> &str {
        self.base_url.as_str()
    }

    fn client(&self) -> &reqwest::Client {
        &self.http
    }

    fn inner(&self) -> &Session {
        &self.session
    }
}

impl ClientHooks<Session> for Client {
    const AMBIGUOUS_401: &'static [&'static str] = &["ambiguous"];
    const VERIFY_OPERATIONS: &'static [&'static str] = &["verify"];
    const WITHOUT_CREDENTIAL: &'static [&'static str] = &["open"];
}

impl Client {
    pub(crate) fn builder() -> ClientBuilder<Self> {
        ClientBuilder::default()
    }

    pub(crate) async fn call(&self) -> Result<ResponseValue<Value>, Error<Value>> {
        self.send("closed").await
    }

    pub(crate) async fn call_without_credential(&self) -> Result<ResponseValue<Value>, Error<Value>> {
        self.send("open").await
    }

    pub(crate) async fn call_whose_401_is_ambiguous(&self) -> Result<ResponseValue<Value>, Error<Value>> {
        self.send("ambiguous").await
    }

    async fn send(&self, operation_id: &'static str) -> Result<ResponseValue<Value>, Error<Value>> {
        let request = self.http.post(self.base_url.join(format_args!("/codes"))).body("{}").build()?;
        let response = self.exec(request, &OperationInfo { operation_id }).await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
