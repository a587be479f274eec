//! Operations on the help centre.

use super::table::{Route, delete, get, post, put};
use super::{article, article_version, collection, redirect};

pub(super) static ROUTES: &[Route] = &[
    get("/help_center/help_centers", "listHelpCenters", collection::centers),
    get("/help_center/help_centers/{}", "retrieveHelpCenter", collection::show_center),
    get("/help_center/help_centers/{}/redirects", "listHelpCenterRedirects", redirect::list),
    post("/help_center/help_centers/{}/redirects", "createHelpCenterRedirect", redirect::create),
    get("/help_center/help_centers/{}/redirects/{}", "retrieveHelpCenterRedirect", redirect::show),
    delete(
        "/help_center/help_centers/{}/redirects/{}",
        "deleteHelpCenterRedirect",
        redirect::delete,
    ),
    get("/help_center/collections", "listAllCollections", collection::list),
    post("/help_center/collections", "createCollection", collection::create),
    get("/help_center/collections/{}", "retrieveCollection", collection::show),
    put("/help_center/collections/{}", "updateCollection", collection::update),
    delete("/help_center/collections/{}", "deleteCollection", collection::delete),
    get("/articles", "listArticles", article::list),
    post("/articles", "createArticle", article::create),
    get("/articles/search", "searchArticles", article::search),
    get("/articles/{}", "retrieveArticle", article::show),
    put("/articles/{}", "updateArticle", article::update),
    delete("/articles/{}", "deleteArticle", article::delete),
    get("/articles/{}/draft", "retrieveArticleDraft", article_version::show_draft),
    put("/articles/{}/draft", "stageArticleDraft", article_version::stage),
    post("/articles/{}/draft/publish", "publishArticleDraft", article_version::publish),
    get("/articles/{}/versions", "listArticleVersions", article_version::versions),
    get("/articles/{}/versions/{}", "retrieveArticleVersion", article_version::version),
    post("/articles/{}/tags", "attachTagToArticle", article::tag),
    delete("/articles/{}/tags/{}", "detachTagFromArticle", article::untag),
];
