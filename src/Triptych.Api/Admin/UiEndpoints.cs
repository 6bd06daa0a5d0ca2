using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Triptych.Api.Hosting;
using Triptych.Api.Http;

namespace Triptych.Api.Admin;

/// <summary>
/// The browser UI: files of the build, and its start page for every other path that does not look like a file's, for its pages are routes of the browser.
/// Files whose name holds a hash of their content may be kept for ever; the start page never.
/// </summary>
public sealed class UiEndpoints(string directory)
{
    // What a log line or label holds must never run. Component and editor styles are made in the page, hence the inline styles.
    private const string ContentPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

    private static readonly FileExtensionContentTypeProvider ContentTypes = new();

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var ui = new ApiFamilyMetadata(ApiFamily.Ui);
        if (!File.Exists(Path.Combine(directory, "index.html")))
        {
            routes.MapFallback(context => PlainText.WriteAsync(context.Response, 404, "404 page not found: the browser UI is not installed beside this server"))
                .WithMetadata(ui);
            return;
        }

        var files = new PhysicalFileProvider(Path.GetFullPath(directory));
        routes.MapFallback("{*path}", context => SendAsync(context, files)).WithMetadata(ui);
    }

    private static Task SendAsync(HttpContext context, PhysicalFileProvider files)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return PlainText.WriteAsync(context.Response, 404, $"404 page not found: {context.Request.Method} {context.Request.Path}");
        }

        var path = context.Request.Path.Value ?? "/";
        if (path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/loki/", StringComparison.Ordinal)
            || path.StartsWith("/v1/", StringComparison.Ordinal))
        {
            return PlainText.WriteAsync(context.Response, 404, $"404 page not found: {path}");
        }

        var file = files.GetFileInfo(path);
        var isHashed = path.StartsWith("/assets/", StringComparison.Ordinal);
        if (file is not { Exists: true, IsDirectory: false })
        {
            // A page that asks for a file of another build must not take the start page for it, nor keep it.
            if (isHashed || Path.HasExtension(path)) return PlainText.WriteAsync(context.Response, 404, $"404 page not found: {path}");
            file = files.GetFileInfo("/index.html");
        }

        var headers = context.Response.Headers;
        headers.CacheControl = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "SAMEORIGIN";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers["Referrer-Policy"] = "same-origin";
        context.Response.ContentType = ContentTypes.TryGetContentType(file.Name, out var type) ? type : "application/octet-stream";
        context.Response.ContentLength = file.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.SendFileAsync(file, context.RequestAborted);
    }
}
