/* Search on a page that was opened from a folder.

   The theme searches in a worker, a script that runs beside the page. A browser starts no worker
   from a file, so this one stands in for it: it runs the same script in an empty, hidden frame,
   which has global names of its own, and carries the messages there and back. */

(function () {
  "use strict";
  if (location.protocol !== "file:") return;

  class FrameWorker extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "Search";
      document.body.append(frame);
      this.frame = frame;
      this.inside = frame.contentWindow;

      // what the script inside posts is for the page
      this.inside.postMessage = (data) => {
        this.dispatchEvent(new MessageEvent("message", { data: data }));
      };

      // what the page posts waits until the script inside can listen
      this.ready = new Promise((resolve, reject) => {
        const script = this.inside.document.createElement("script");
        script.src = new URL(address, document.baseURI).href;
        script.onload = resolve;
        script.onerror = () => reject(new Error("cannot be read: " + script.src));
        this.inside.document.body.append(script);
      });
    }

    async postMessage(data) {
      await this.ready;
      this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data: data }));
    }

    terminate() {
      this.frame.remove();
    }
  }

  window.Worker = FrameWorker;
})();
